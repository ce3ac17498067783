import OrderedCollections
import Primitives

/// A drive of the machine into which a BMC puts images that it reads by HTTP.
package struct RedfishDrive: Sendable {
    let resource: RedfishResource

    package init(resource: RedfishResource) { self.resource = resource }

    /// The image in it; nil where it is empty.
    package var image: String? {
        guard resource.value["Inserted"]?.boolValue ?? true else { return nil }
        return resource.value["Image"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    }

    fileprivate var isForDiscs: Bool {
        (resource.value["MediaTypes"]?.arrayValue ?? []).contains { ["CD", "DVD"].contains($0.stringValue) }
    }
}

extension RedfishSession {
    /// How often a drive is read after it was told something, and the pause between two readings.
    private static let readings = (count: 12, interval: Duration.seconds(5))

    /// The first drive for discs, of the system or of its managers.
    package func discDrive(of system: RedfishResource) async throws -> RedfishDrive {
        var owners = [system]
        var missing: [String] = []
        for path in try await managers(of: system).prefix(8) {
            if let manager = try await resource(path, orNote: &missing) { owners.append(manager) }
        }
        for collection in owners.compactMap({ $0.link("VirtualMedia") }) {
            for path in try await list(of: collection, atMost: Self.listLimit, orNote: &missing)?.members ?? [] {
                guard let drive = try await resource(path, orNote: &missing).map(RedfishDrive.init) else { continue }
                if drive.isForDiscs { return drive }
            }
        }
        throw RedfishError(
            missing.isEmpty ? .command : .protocolViolation,
            "BMC \(endpoint) has no virtual drive for discs; some BMCs need a licence for it, or an account that may use it"
                + Self.missingText(missing))
    }

    /// Puts the image at an address into a drive, in the place of another one, and reads that it is in it.
    package func insert(_ image: String, into drive: RedfishDrive) async throws {
        if drive.image == image { return }
        if drive.image != nil { try await eject(drive) }
        let full: Value.Object = ["Image": .string(image), "Inserted": true, "WriteProtected": true]
        var explicit = full
        explicit["TransferMethod"] = "Stream"
        explicit["TransferProtocolType"] = image.lowercased().hasPrefix("https:") ? "HTTPS" : "HTTP"
        // Some BMCs refuse the members that others want.
        let bodies: [Value] = [.object(full), ["Image": .string(image)], .object(explicit)]
        if let target = drive.action("InsertMedia").flatMap(path) {
            try await firstThatWorks(bodies) { try await act(target, $0) }
        } else {
            try await firstThatWorks(bodies) { try await change(drive.resource.path, $0) }
        }
        try await wait(for: drive, "has not put \(image) into its virtual drive, though it took the order") {
            $0 == image
        }
    }

    /// Empties a drive, and reads that it is empty.
    package func eject(_ drive: RedfishDrive) async throws {
        if drive.image == nil { return }
        if let target = drive.action("EjectMedia").flatMap(path) {
            try await firstThatWorks([[:], nil]) { try await act(target, $0) }
        } else {
            let bodies: [Value] = [["Image": .null, "Inserted": false], ["Image": .null]]
            try await firstThatWorks(bodies) { try await change(drive.resource.path, $0) }
        }
        try await wait(for: drive, "has not emptied its virtual drive, though it took the order") { $0 == nil }
    }

    private func firstThatWorks<Body: Sendable>(_ bodies: [Body], _ send: (Body) async throws -> Void) async throws {
        var first: RedfishError?
        for body in bodies {
            do { return try await send(body) } catch let error as RedfishError where error.kind == .command {
                first = first ?? error
            }
        }
        if let first { throw first }
    }

    private func wait(
        for drive: RedfishDrive, _ problem: String, _ isDone: (String?) -> Bool
    ) async throws {
        let remedy = "check that it reaches the address, and restart it"
        for reading in 1...Self.readings.count {
            let image = RedfishDrive(resource: try await resource(drive.resource.path)).image
            if isDone(image) { return }
            guard reading < Self.readings.count else { break }
            let seen = image.map { "holds \(RedfishMessage.shown($0, 200))" } ?? "is empty"
            try await time.pause(
                Self.readings.interval,
                AwaitedReading(seen: "it \(problem): the drive \(seen)", count: reading, remedy: remedy))
        }
        throw RedfishError(.command, "BMC \(endpoint) \(problem); \(remedy)")
    }
}

extension RedfishDrive {
    fileprivate func action(_ name: String) -> String? {
        resource.value["Actions"]?["#VirtualMedia.\(name)"]?["target"]?.stringValue
    }
}
