import Installation
import OutboundHTTP
import Primitives

/// Unpacks the archives of boot actions.
struct BootDataExecutor: Sendable {
    let target: TargetRoot
    let client: OutboundClient
    let system: SystemExecutor
    let log: InstallerLog

    func unpack(_ archive: BootDataArchive, key: Secret<String>?) async throws {
        guard let address = RemoteAddress(archive.url) else {
            throw BoatyardError("bootdata.address", "The plan's address of boot data is none: '\(archive.url)'.")
        }
        let title = "The archive of the \(archive.kind.rawValue) of boot actions"
        let download = Download(
            address, title: title, secretHeaders: key.map { [("X-Bootaction-Key", $0.reveal())] } ?? [])
        // The new system's own tar, in its root: links on the way, such as /var/run, lead where they lead there.
        let extraction = Command(
            ["tar", "--extract", "--file=-", "--directory=/", "--preserve-permissions", "--same-owner"], deadline: 1800
        ).inside(target.path)
        let log = log
        let pipeline = TarPipeline(
            title: title, decompression: Command("gzip", "--decompress", "--stdout", deadline: 1800),
            extraction: extraction,
            takesAbsoluteNames: true)
        let names = try await pipeline.run { [client] take in
            try await download.fetch(with: client, trouble: { log.write($0) }, take: take)
        }
        guard archive.kind == .units else { return }
        try await system.enable(names.compactMap { $0.split(separator: "/").last.map { String($0) } })
    }
}
