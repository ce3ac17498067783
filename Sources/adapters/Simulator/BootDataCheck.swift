import Archive
import OrderedCollections
import Primitives

/// Whether boot data is what the documents promise: every asset, in order, with its mode, owned by root, and the
/// literal ones byte for byte.
enum BootDataCheck {
    /// - Parameter archive: a gzipped tar as the node listener serves it.
    /// - Throws: `RehearsalError` that names the machine's first difference.
    static func verify(
        _ archive: [UInt8], kind: MachineDescription.ExpectedAsset.Kind, of machine: MachineDescription
    ) throws(RehearsalError) -> [TarMember] {
        let members: [TarMember]
        do {
            members = try Tar.read(try Gzip.decompress(archive, limit: 256 << 20), limit: 256 << 20)
        } catch {
            throw RehearsalError("The \(kind.rawValue) archive cannot be unpacked: \(error.inWords)")
        }
        let expected = machine.assets.filter { $0.kind == kind }
        guard members.map(\.name) == expected.map(\.path) else {
            throw RehearsalError(
                "The \(kind.rawValue) archive holds \(members.map(\.name)), the documents say \(expected.map(\.path)).")
        }
        for (member, asset) in zip(members, expected) {
            guard member.name.hasPrefix("/"), !member.name.split(separator: "/").contains("..") else {
                throw RehearsalError("The member \(member.name) is no safe absolute path.")
            }
            guard member.mode == asset.mode else {
                throw RehearsalError(
                    "\(member.name) has mode \(String(member.mode, radix: 8)), not \(String(asset.mode, radix: 8)).")
            }
            if let contents = asset.contents, contents != member.contents {
                throw RehearsalError("\(member.name) has \(member.contents.count) bytes that are not the documents'.")
            }
        }
        return members
    }
}
