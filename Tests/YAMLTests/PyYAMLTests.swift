import Glibc
import Primitives
import TestSupport
import Testing
import YAML

/// Whole sites, read and written by PyYAML and by us.
@Suite(.enabled(if: Conformance.has("yaml/cases.json") && PyYAML.isPresent))
struct PyYAMLTests {
    @Test(
        "a whole site is the same to PyYAML and to us, and so is its dump",
        arguments: ["airskiff.input", "airsloop.rendered", "seaworthy-virt.rendered"])
    func sites(site: String) throws {
        let path = "\(Conformance.folder)/sites/\(site).yaml"
        let values = try YAML.load(FileContents.read(path))
        let theirs = try PyYAML.answer(
            """
            import json, sys, yaml
            class Dumper(yaml.SafeDumper):
                def ignore_aliases(self, data): return True
            documents = [json.loads(json.dumps(d)) for d in yaml.load_all(open(sys.argv[1], 'rb'), yaml.CSafeLoader)]
            dump = yaml.dump_all(documents, Dumper=Dumper, default_flow_style=False)
            print(json.dumps([documents, dump]))
            """, argument: path)
        #expect(theirs[0]?.arrayValue == values)
        #expect(theirs[0]?.json() == Value.array(values).json())
        #expect(theirs[1]?.stringValue == YAML.dumpAll(values))
    }
}

enum PyYAML {
    static let isPresent: Bool = {
        let isPresent = system("python3 -c 'import yaml; yaml.CSafeLoader' 2>/dev/null") == 0
        if !isPresent { print("skipped: no python3 with PyYAML and libyaml to judge whole sites") }
        return isPresent
    }()

    /// What the script prints, as JSON.
    static func answer(_ script: String, argument: String) throws -> Value {
        try withTemporaryFolder { folder in
            try FileContents.write(Array(script.utf8), to: folder + "/script.py")
            try #require(system("python3 '\(folder)/script.py' '\(argument)' > '\(folder)/out'") == 0)
            return try Value(json: FileContents.read(folder + "/out"))
        }
    }
}
