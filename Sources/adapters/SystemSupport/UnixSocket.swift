// Its headers own `SOCK_STREAM` where the standard library is linked statically.
import CLibsystemd
import Glibc
import Primitives

/// Binds Unix sockets to which only their owner and their group can connect, at any moment.
package enum UnixSocket {
    /// What a socket carries.
    package enum Kind: Sendable {
        case stream
        case datagrams

        fileprivate var number: CInt {
            switch self {
            case .stream: CInt(SOCK_STREAM.rawValue)
            case .datagrams: CInt(SOCK_DGRAM.rawValue)
            }
        }
    }

    /// Binds a socket.
    ///
    /// - Parameter group: the group that may connect; a group that does not exist is ignored.
    /// - Returns: a descriptor that does not listen yet.
    /// - Throws: `BoatyardError` `socket_in_use` where a program answers on `path`, else `socket_unusable`.
    package static func bind(path: String, group: String?, kind: Kind = .stream) throws -> CInt {
        var address = try socketAddress(path)
        try removeStale(path, &address, kind)
        guard let descriptor = OwnedDescriptor(newSocket(kind)) else { throw failure(path, "socket") }
        // The mode of an unbound socket becomes the mode of its file: there is no moment in which it is wider.
        guard fchmod(descriptor.number, 0o600) == 0 else { throw failure(path, "set the mode of") }
        guard call(Glibc.bind, descriptor.number, &address) == 0 else { throw failure(path, "bind") }
        if let group = group.flatMap(SystemGroups.number(of:)), group != getegid() {
            // Only root and members of the group may give the file to it; others keep it to themselves.
            _ = chown(path, uid_t.max, group)
        }
        guard chmod(path, 0o660) == 0 else { throw failure(path, "set the mode of") }
        return descriptor.release()
    }

    /// Removes the socket file that a killed daemon left.
    private static func removeStale(_ path: String, _ address: inout sockaddr_un, _ kind: Kind) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw BoatyardError("socket_unusable", "\(path) exists and is no socket; remove it or set another path")
        }
        guard let probe = OwnedDescriptor(newSocket(kind)) else { throw failure(path, "probe") }
        if call(Glibc.connect, probe.number, &address) == 0 {
            throw BoatyardError("socket_in_use", "another program listens on \(path); stop it or set another path")
        }
        guard errno == ECONNREFUSED, unlink(path) == 0 else { throw failure(path, "replace") }
    }

    private static func newSocket(_ kind: Kind) -> CInt { socket(AF_UNIX, kind.number | 0o2000000, 0) }

    private static func call(
        _ function: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt, _ descriptor: CInt,
        _ address: inout sockaddr_un
    ) -> CInt {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func socketAddress(_ path: String) throws -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < capacity, !path.utf8.contains(0), !path.isEmpty else {
            throw BoatyardError(
                "socket_unusable", "the socket path \(path) is empty or longer than \(capacity - 1) bytes; set another")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return address
    }

    private static func failure(_ path: String, _ verb: String) -> BoatyardError {
        BoatyardError(
            "socket_unusable",
            "cannot \(verb) the socket \(path): \(systemErrorText()); check that its directory exists and is ours")
    }
}
