import IPMI
import Primitives

extension BMCEngine {
    /// The system event log's commands (IPMI v2.0 §31).
    mutating func storage(_ command: UInt8, _ data: inout ByteReader) throws -> [UInt8] {
        switch command {
        case 0x40: return log.info
        // Reserve SEL.
        case 0x42:
            logReservation = logReservation &+ 1
            if logReservation == 0 { logReservation = 1 }
            var bytes: [UInt8] = []
            bytes.append(littleEndian: logReservation)
            return bytes
        // Get SEL Entry.
        case 0x43:
            try data.skip(2)
            let identifier: UInt16 = try data.littleEndian()
            let offset = Int(try data.byte())
            let count = Int(try data.byte())
            if let first = faults.silentFromRecord, identifier >= first { faults.silent = true }
            guard let (record, next) = log.record(identifier) else { throw CompletionCode.requestedDataNotPresent }
            var bytes: [UInt8] = []
            bytes.append(littleEndian: faults.hidesEvents ? 0 : next)
            return bytes + record.encoded.dropFirst(offset).prefix(count)
        // Clear SEL: the letters CLR, then start (0xAA) or ask for the progress, which is always "done".
        case 0x47:
            let reservation: UInt16 = try data.littleEndian()
            guard reservation == logReservation else { throw CompletionCode.reservationCanceled }
            guard try data.bytes(3) == Array("CLR".utf8) else { throw CompletionCode.invalidDataField }
            guard try data.byte() == 0xaa, !faults.keepsEvents else { return [0x01] }
            let isEmpty = log.record(0) == nil
            log.clear(at: wallClock)
            if faults.isSilentOnceCleared { faults.silent = true }
            guard faults.cancelsClearing, !isEmpty else { return [0x01] }
            logReservation = logReservation &+ 1
            return [0x00]
        // Get SEL Time.
        case 0x48:
            var bytes: [UInt8] = []
            bytes.append(littleEndian: wallClock)
            return bytes
        default: throw CompletionCode.invalidCommand
        }
    }

    /// Get LAN Configuration Parameters (IPMI v2.0 §23.2).
    func transport(_ command: UInt8, _ data: inout ByteReader) throws -> [UInt8] {
        if command == Self.getConsoleParameter { return try consoleParameter(&data) }
        guard command == GetLANParameter.code else { throw CompletionCode.invalidCommand }
        let revision: [UInt8] = [0x11]
        let channel = try data.byte()
        let parameter = try data.byte()
        // The set and block selectors.
        try data.skip(2)
        _ = try presentChannel(channel & 0x0f)
        if channel & 0x80 != 0 { return revision }
        guard let value = lanParameter(parameter) else { throw CompletionCode.parameterNotSupported }
        return revision + value
    }

    private static let getConsoleParameter: UInt8 = 0x22

    /// Get SOL Configuration Parameters (IPMI v2.0 §26.3).
    private func consoleParameter(_ data: inout ByteReader) throws -> [UInt8] {
        guard let console = configuration.console else { throw CompletionCode.invalidCommand }
        let revision: [UInt8] = [0x11]
        let channel = try data.byte()
        let parameter = try data.byte()
        try data.skip(2)
        _ = try presentChannel(channel & 0x0f)
        if channel & 0x80 != 0 { return revision }
        switch parameter {
        // Set in progress: nobody sets anything.
        case 0: return revision + [0]
        case 1: return revision + [console == .disabled ? 0 : 1]
        // Authentication is always asked for, and operator level.
        case 2: return revision + [0x40 | (console == .encrypted ? 0x80 : 0) | PrivilegeLevel.operator.rawValue]
        // Characters are sent at once.
        case 3: return revision + [1, 1]
        // Seven attempts, 100 ms apart at first.
        case 4: return revision + [7, 10]
        // 115200 bit/s, kept and present.
        case 5, 6: return revision + [0x0a]
        // The payload's channel and port.
        case 7: return revision + [1]
        case 8:
            var bytes = revision
            bytes.append(littleEndian: port)
            return bytes
        default: throw CompletionCode.parameterNotSupported
        }
    }

    private func lanParameter(_ parameter: UInt8) -> [UInt8]? {
        let suites = configuration.suites.prefix(16).map(\.rawValue)
        switch parameter {
        case LANParameter.setInProgress: return [0]
        // IPMI v1.5 sessions are not offered.
        case LANParameter.authenticationTypes: return [0]
        case LANParameter.authenticationTypeEnables: return [0, 0, 0, 0, 0]
        case LANParameter.address: return configuration.address.lanParameter
        // Static.
        case LANParameter.addressSource: return [1]
        case LANParameter.macAddress: return Array(configuration.macAddress.prefix(6))
        case LANParameter.subnetMask: return configuration.netmask.lanParameter
        // Time to live 64, don't fragment, minimal delay.
        case LANParameter.headerParameters: return [0x40, 0x40, 0x10]
        case LANParameter.gatewayAddress: return configuration.gateway.lanParameter
        case LANParameter.gatewayMACAddress: return [0, 0, 0, 0, 0, 0]
        case LANParameter.vlan: return [0, 0]
        case LANParameter.vlanPriority: return [0]
        case LANParameter.cipherSuiteCount: return [UInt8(suites.count)]
        case LANParameter.cipherSuites: return [0] + suites + [UInt8](repeating: 0, count: 16 - suites.count)
        // A nibble for each suite: administrator.
        case LANParameter.cipherSuitePrivileges: return [0] + [UInt8](repeating: 0x44, count: 8)
        default: return nil
        }
    }
}
