import Glibc
import NIOCore
import NIOPosix
import Primitives

/// BMCs that were written apart from this package: the folder `../shared/lab`, or the one that `BOATYARD_LAB` names. Tests
/// that need it are skipped where it is not there.
package enum Lab {
    package static let folder: String? = {
        let path = getenv("BOATYARD_LAB").map { String(cString: $0) } ?? ExampleSite.package + "/../shared/lab"
        guard access(path, R_OK) == 0 else {
            print("skipped: no lab folder at \(path); set BOATYARD_LAB")
            return nil
        }
        return path
    }()

    package static let hasSimulator: Bool = {
        guard folder != nil else { return false }
        let probe = ["python3", "-c", "import cryptography; print('ready')"]
        guard (try? Peer("/usr/bin/env", probe, ready: "ready")) != nil else {
            print("skipped: python3 has no module cryptography")
            return false
        }
        return true
    }()

    /// A UDP port that was free a moment ago of a loopback address on which nobody else asks for one.
    package static func freePort(_ host: String) async throws -> Int {
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: host, port: 0).get()
        let address = channel.localAddress
        try await channel.close()
        guard let port = address?.port else { throw Trouble("a socket of \(host) has no port") }
        return port
    }

    /// `bmcsim.py`: `count` BMCs from 127.1.0.1 on, all on one port.
    package static func simulator(count: Int = 1, _ arguments: [String] = []) async throws -> (Peer, port: Int) {
        guard let folder else { throw Trouble("there is no lab folder") }
        // Another test's child may hold the port's socket for a moment, or another test the port.
        var attempt = 1
        while true {
            let port = try await freePort("127.1.0.1")
            do {
                let peer = try Peer(
                    "/usr/bin/env",
                    [
                        "python3", "\(folder)/bmc/bmcsim.py", "--base", "127.1.0.1", "--count", "\(count)", "--port",
                        "\(port)",
                    ] + arguments, ready: "ready")
                return (peer, port)
            } catch {
                guard attempt < 5 else { throw error }
                attempt += 1
            }
        }
    }
}

/// `oddbmc.py`: BMCs on 127.0.0.1 that each do one thing otherwise than IPMI says, as those of vendors do. Their account is
/// `operator`, `odd-Password-1`.
package final class OddBMCs {
    package static let script: String? = {
        guard let folder = Lab.folder, Lab.hasSimulator else { return nil }
        let path = "\(folder)/bmc/oddbmc.py"
        guard access(path, R_OK) == 0 else {
            print("skipped: there is no \(path)")
            return nil
        }
        return path
    }()
    /// That of the BMC `kg`.
    package static let bmcKey = "site-kg-0123456789"

    /// By the name of the fault.
    package let ports: [String: Int]
    private let peer: Peer
    private let folder: OwnedFolder

    package init() async throws {
        guard let script = Self.script else { throw Trouble("there is no oddbmc.py") }
        let folder = try OwnedFolder()
        var started: Peer?
        // One of the ports behind the free one may be taken.
        for _ in 0..<5 where started == nil {
            let base = try await Lab.freePort("127.0.0.1")
            let command = "exec python3 \"$0\" \"$1\" 2> \"$2\""
            started = try? Peer(
                "/bin/sh", ["-c", command, script, "\(base)", folder.path + "/log"],
                ready: "no-session-6x \(base + 13)")
        }
        guard let peer = started else { throw Trouble("oddbmc.py does not start") }
        var ports: [String: Int] = [:]
        for line in peer.greeting.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { ports[String(words[0])] = Int(words[1]) }
        }
        self.ports = ports
        self.peer = peer
        self.folder = folder
    }

    /// What a BMC was asked and has answered, a line each: `cmd 0x0 0x1  -> 0020004000`.
    package func log(of name: String) throws -> [String] {
        String(decoding: try FileContents.read(folder.path + "/log"), as: UTF8.self).split(separator: "\n")
            .compactMap { (line) -> String? in
                // Behind the time.
                let words = line.split(separator: " ", maxSplits: 2)
                return words.count == 3 && words[1] == name ? String(words[2]) : nil
            }
    }
}
