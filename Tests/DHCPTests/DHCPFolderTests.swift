import Glibc
import Primitives
import TestSupport
import Testing

@testable import Netboot

@Suite("The folder in which a DHCP configuration is handed over")
struct DHCPFolderTests {
    /// The numbers of the files in the folder of machines, which another file of the same name does not have.
    private func inodes(_ folder: DHCPFolder) -> [String: UInt] {
        var found: [String: UInt] = [:]
        for name in FolderContents.names(in: folder.hosts) ?? [] {
            var status = stat()
            if stat("\(folder.hosts)/\(name)", &status) == 0 { found[name] = UInt(status.st_ino) }
        }
        return found
    }

    @Test("a change to one machine writes one file, whether there are ten or a thousand", arguments: [10, 1000])
    func oneFile(count: Int) throws {
        try withTemporaryFolder { path in
            let folder = DHCPFolder(path)
            let before = try SampleSite.configuration(SampleSite.large(count))
            let first = try folder.write(before, over: nil)
            #expect(first.added.count == count && first.isMainChanged)
            let old = inodes(folder)
            let after = try SampleSite.configuration(SampleSite.large(count, changing: 7))
            let change = try folder.write(after, over: before)
            #expect(change == .init(edited: ["52-54-00-40-00-07"]))
            let new = inodes(folder)
            #expect(new.filter { old[$0.key] != $0.value }.keys.sorted() == ["52-54-00-40-00-07"])
            #expect(new.count == count)
        }
    }

    @Test("a daemon that starts finds what it wrote, and removes what is nobody's")
    func restart() throws {
        try withTemporaryFolder { path in
            let folder = DHCPFolder(path)
            let configuration = try SampleSite.configuration()
            try folder.write(configuration, over: nil)
            #expect(try folder.write(configuration, over: nil).isEmpty)
            let other = "\(folder.hosts)/notes.txt"
            try FileContents.write(Array("x\n".utf8), to: other)
            #expect(try folder.write(configuration, over: nil).isEmpty)
            #expect(access(other, F_OK) != 0)
            let change = try folder.write(nil, over: nil)
            #expect(change.isMainChanged && change.removed.count == 3)
            #expect(FolderContents.names(in: folder.hosts) == [])
            #expect(access(folder.main, F_OK) != 0)
        }
    }

    @Test("everybody may read the files, whatever mask the daemon has")
    func modes() throws {
        try withTemporaryFolder { path in
            let folder = DHCPFolder(path)
            try folder.write(SampleSite.configuration(), over: nil)
            for file in [folder.main, "\(folder.hosts)/52-54-00-20-01-11"] {
                var status = stat()
                #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o644)
            }
        }
    }

    @Test("a folder that cannot be written is an error with its path")
    func unwritable() throws {
        let folder = DHCPFolder("/proc/nothing")
        let error = #expect(throws: BoatyardError.self) { try folder.write(SampleSite.configuration(), over: nil) }
        #expect(error?.message.contains("/proc/nothing") == true)
    }
}
