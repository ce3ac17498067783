import ArgumentParser
import Documents
import Glibc
import Installation
import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign

struct CheckDesign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "design",
        abstract: "Render, compile and validate the documents of a site, without a daemon.",
        discussion: """
            Prints what is wrong with the documents, by the rules of a commit, and ends with 1 where that would refuse them. With \
            --output json it prints the whole effective design: networks, profiles, machines, boot actions with their \
            assets as each machine would get them.

            Assets say who they are with a random action id and key, unless --action-id and --action-key are given.
            """)

    @Argument(help: "YAML files, or folders of them.")
    var files: [String]

    @Flag(help: "The documents are rendered already.")
    var rendered = false

    @Option(help: "The images that can be installed: a file like netboot/catalogue.yaml of the daemon.")
    var catalogue: String?

    @Option(
        name: .customLong("action-id"),
        help: "The boot actions' id in rendered assets: a ULID, or its 16 bytes in hexadecimal.")
    var actionID: String?

    @Option(help: "The boot actions' key in rendered assets: bytes in hexadecimal.")
    var actionKey: String?

    @Option(help: "The design's reference in rendered assets.")
    var designRef = ""

    @Option(name: .customLong("report-url"), help: "Where boot actions report to, in rendered assets.")
    var reportURL = "http://localhost:9000/api/v1.0/bootactions/"

    @Flag(help: "Take a line with the address for whatever assets have to fetch, instead of an error.")
    var stubLocations = false

    @Option(help: "A JSON list of node filters to apply; their results become node_filters.")
    var nodeFilters: String?

    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output: OutputFormat = .table

    @Flag(name: .shortAndLong, help: "Show what passed, too.")
    var verbose = false

    func validate() throws {
        if files.isEmpty { throw ValidationError("Name the files of the design.") }
        if actionID != nil, Self.actionID(actionID) == nil {
            throw ValidationError("--action-id takes 26 characters of a ULID, or 32 hexadecimal digits.")
        }
        if let actionKey, [UInt8](hex: actionKey) == nil {
            throw ValidationError("--action-key takes hexadecimal digits, two for each byte.")
        }
    }

    func run() async throws {
        let platform = try platform()
        let filters = try filters()
        let files = try files.flatMap { FolderContents.isFolder($0) ? try DocumentFiles.list($0, recurse: true) : [$0] }
        let stream: DocumentFiles
        do {
            stream = try DocumentFiles(files)
        } catch {
            try refuse(error)
        }
        let source: DesignStream
        do {
            source = rendered ? DesignStream(rendered: stream) : try DesignStream(rendering: stream)
        } catch {
            try refuse(error, in: stream)
        }
        let design = InstallableDesign.compile(
            source.documents, platform: platform, outOfBandTypes: OutOfBand.types)
        let shipyard = await source.shipyardMessages(design)
        let warnings = source.warnings + shipyard.filter { verbose || !MessageList.isInfo($0) }
        if output == .table {
            Console.print(
                DesignReport(
                    design: design, messages: source.findings(design.messages), warnings: warnings, isVerbose: verbose,
                    place: stream.place
                ).text)
        } else {
            let dump = await DesignDump.value(of: design, rendering: rendering(), filters: filters)
            let whole = rendered ? LegacyFormat.adding(stream.documents, to: dump) : Self.adding(warnings, to: dump)
            output.show(whole) { $0.json(.pretty) }
        }
        if design.status != .success || warnings.contains(where: { $0["error"] == true }) { throw ExitCode.failure }
    }

    /// With what is to be said of the documents beside the design.
    private static func adding(_ findings: [Value], to dump: Value) -> Value {
        guard case .object(var members) = dump else { return dump }
        members["findings"] = .array(findings)
        return .object(members)
    }

    /// What cannot even be rendered, as a finding.
    private func refuse(_ error: any Error, in stream: DocumentFiles? = nil) throws -> Never {
        if let fault = error as? DocumentFault {
            var findings = fault.findings
            // Where the error itself does not say which document is wrong, its text does.
            if fault.error.messages.isEmpty, fault.error.document == nil, case .object(var named)? = findings.first {
                named["documents"] = .array(stream?.documents(namedIn: fault.error.message) ?? [])
                findings = [.object(named)]
            }
            let messages = findings + (stream?.warnings ?? [])
            let failure = Failure(
                body: ["message": .string(fault.error.message), "details": ["messageList": .array(messages)]],
                place: { stream?.place(of: $0) })
            try refuse(failure)
        }
        guard let failure = error as? Failure else { throw Failure("Error: \(error.inWords)") }
        if output != .table {
            var value = DesignDump.inputs(of: rendering())
            value["ingest"] = ["!error": "DocumentError", "text": .string(failure.text)]
            value["validation"] = .null
            output.show(.object(value)) { $0.json(.pretty) }
        }
        throw failure
    }

    private func platform() throws -> ImageCatalogSource {
        guard let catalogue else { return .absent }
        do {
            return .catalog(try ImageCatalog(yaml: FileContents.read(catalogue, limit: 1 << 20), place: catalogue))
        } catch {
            throw Failure("Error: \(error.inWords)")
        }
    }

    private func filters() throws -> [Value] {
        guard let nodeFilters else { return [] }
        do {
            guard let list = try Value(json: FileContents.read(nodeFilters)).arrayValue else {
                throw Failure("Error: \(nodeFilters) is no JSON list.")
            }
            return list
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("Error: \(nodeFilters): \(error.inWords)")
        }
    }

    private func rendering() -> DesignDump.Rendering {
        var generator = SystemRandomNumberGenerator()
        let key =
            actionKey.flatMap { [UInt8](hex: $0) } ?? (0..<32).map { _ in .random(in: 0...255, using: &generator) }
        let identity = BootActionIdentity(
            actionID: (Self.actionID(actionID) ?? ULID()).description, key: Secret(key))
        let isStubbed = stubLocations
        return DesignDump.Rendering(
            identity: identity, designReference: designRef, reportURL: reportURL,
            fetchPackages: isStubbed ? DesignDump.Rendering.stubPackages : nil
        ) { location in
            guard isStubbed else {
                throw Failure("\(location) is not fetched without a daemon; --stub-locations passes over it")
            }
            return try await DesignDump.Rendering.stub(location)
        }
    }

    private static func actionID(_ text: String?) -> ULID? {
        guard let text else { return nil }
        return ULID(text) ?? [UInt8](hex: text).flatMap { ULID(bytes: $0) }
    }
}
