import Glibc
import Installation
import OrderedCollections
import Primitives

/// Lets disks erase themselves.
struct ErasureExecutor: Sendable {
    let disks: DiskExecutor
    let log: InstallerLog

    /// In seconds: what the largest disks take to overwrite themselves.
    private static let patience = 24.0 * 3600
    /// ATA wants a password before it erases; it goes with the erasure.
    private static let password = "boatyard"

    /// - Throws: `CommandFailure` of the last method where none succeeds.
    func erase(_ erasure: SecureErasure) async throws {
        try disks.check(erasure.disk)
        let path = "/dev/\(erasure.disk.name)"
        var last: CommandFailure?
        for method in erasure.methods {
            do {
                try await run(method, path, erasure.disk.name)
                return
            } catch let failure as CommandFailure {
                log.write("\(erasure.disk.name) does not erase itself by \(method.rawValue): \(failure)")
                last = failure
            }
        }
        if let last { throw last }
    }

    private func run(_ method: SecureErasure.Method, _ path: String, _ name: String) async throws {
        switch method {
        case .nvmeCryptoSanitize: try await sanitize("4", path)
        case .nvmeBlockSanitize: try await sanitize("2", path)
        case .nvmeCryptoFormat: try await format("2", path)
        case .nvmeFormat: try await format("1", path)
        case .ataEnhanced: try await secureErase("--security-erase-enhanced", path)
        case .ata: try await secureErase("--security-erase", path)
        }
    }

    private func format(_ setting: String, _ path: String) async throws {
        try await ChildProcess.run(
            Command(
                "nvme", "format", path, "--ses=\(setting)", "--force", "--timeout=86400000", deadline: Self.patience))
    }

    /// NVM Express 1.4 §5.24: the command returns at once, and the log tells how far it is.
    private func sanitize(_ action: String, _ path: String) async throws {
        try await ChildProcess.run(Command("nvme", "sanitize", path, "--sanact=\(action)", deadline: 120))
        let deadline = ContinuousClock.now + .seconds(Self.patience)
        while ContinuousClock.now < deadline {
            try await Task.sleep(for: .seconds(2))
            let text = try await ChildProcess.run(
                Command("nvme", "sanitize-log", path, "--output-format=json", deadline: 60)
            ).text
            switch Self.sanitizeStatus(text) {
            case 1, 4: return
            case 2: continue
            case let status:
                throw CommandFailure(
                    "process.failed",
                    "the sanitize operation of \(path) ended with status \(status.map { "\($0)" } ?? "?")",
                    output: text)
            }
        }
        throw CommandFailure("process.deadline", "the sanitize operation of \(path) has not ended within a day")
    }

    /// Bits 0 to 2 of SSTAT: 1 completed, 2 in progress, 3 failed, 4 completed without deallocation. nvme-cli has named the
    /// member of its output in several ways, and puts it into an object for the device.
    static func sanitizeStatus(_ text: String) -> Int? {
        guard let value = try? Value(json: text) else { return nil }
        let objects = [value] + (value.objectValue.map { Array($0.values) } ?? [])
        for object in objects {
            if let status = object["sstat"]?["status"]?.intValue ?? object["sstat"]?.intValue { return status & 7 }
        }
        return nil
    }

    private func secureErase(_ option: String, _ path: String) async throws {
        let user = ["hdparm", "--user-master", "u"]
        try await ChildProcess.run(Command(user + ["--security-set-pass", Self.password, path]))
        do {
            try await ChildProcess.run(Command(user + [option, Self.password, path], deadline: Self.patience))
        } catch {
            // A disk that keeps the password would be locked at its next power on.
            _ = try? await ChildProcess.run(Command(user + ["--security-disable", Self.password, path]))
            throw error
        }
    }
}
