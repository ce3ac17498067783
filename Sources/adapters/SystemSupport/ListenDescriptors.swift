import CLibsystemd
import Glibc
import Primitives

/// Sockets that systemd has bound for the daemon (sd_listen_fds(3)).
package struct ListenDescriptors: Sendable {
    /// What a socket is bound to.
    package enum Family: String, Sendable {
        case unix
        case inet
        /// A Unix socket for datagrams.
        case datagrams
    }

    /// The descriptors by their names in `LISTEN_FDNAMES`. A name has several where its unit has several lines
    /// `ListenStream=`.
    package var sockets: [String: [CInt]]

    package init(sockets: [String: [CInt]]) { self.sockets = sockets }

    /// Takes the descriptors over, and clears the variables, so that no child process inherits them.
    ///
    /// - Parameter families: the known names, with the kind of their sockets.
    /// - Throws: `BoatyardError` `listen_descriptors` for an unknown name or a descriptor of another kind.
    package static func take(_ families: [String: Family]) throws -> ListenDescriptors {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count >= 0 else {
            throw failure("the descriptors of systemd cannot be taken over: \(systemErrorText(-count))")
        }
        defer {
            for index in 0..<Int(max(count, 0)) { free(names?[index]) }
            free(names)
        }
        var sockets: [String: [CInt]] = [:]
        for index in 0..<Int(count) {
            let name = names?[index].map { String(cString: $0) } ?? "unknown"
            let descriptor = 3 + CInt(index)
            guard let family = families[name] else {
                let known = families.keys.sorted().joined(separator: ", ")
                throw failure(
                    "descriptor \(descriptor) is named '\(name)', which is none of \(known); set FileDescriptorName= "
                        + "in the socket unit")
            }
            try check(descriptor, name, family)
            sockets[name, default: []].append(descriptor)
        }
        return ListenDescriptors(sockets: sockets)
    }

    private static func check(_ descriptor: CInt, _ name: String, _ family: Family) throws {
        guard family != .datagrams else {
            guard sd_is_socket(descriptor, AF_UNIX, CInt(SOCK_DGRAM.rawValue), -1) > 0 else {
                throw failure("descriptor \(descriptor) ('\(name)') is no Unix datagram socket; use ListenDatagram=")
            }
            return
        }
        let listens = sd_is_socket(descriptor, AF_UNSPEC, CInt(SOCK_STREAM.rawValue), 1)
        guard listens > 0 else {
            throw failure("descriptor \(descriptor) ('\(name)') is no listening stream socket; use ListenStream=")
        }
        let isUnix = sd_is_socket(descriptor, AF_UNIX, 0, -1) > 0
        guard isUnix == (family == .unix) else {
            throw failure(
                "descriptor \(descriptor) ('\(name)') is a \(isUnix ? "Unix" : "network") socket, but must be a "
                    + "\(family == .unix ? "Unix" : "network") socket; correct ListenStream= in the socket unit")
        }
    }

    private static func failure(_ message: String) -> BoatyardError { BoatyardError("listen_descriptors", message) }
}
