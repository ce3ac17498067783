import IPMI
import Primitives

/// What a BMC is, as its owner sets it up.
package struct BMCConfiguration: Sendable {
    /// An account of the BMC.
    package struct User: Sendable {
        /// The name, at most 16 bytes.
        package var name: String
        /// The password, at most 20 bytes.
        package var password: Secret<String>
        /// The highest level that a session of this user may have.
        package var privilege: PrivilegeLevel

        package init(name: String, password: Secret<String>, privilege: PrivilegeLevel = .administrator) {
            self.name = name
            self.password = password
            self.privilege = privilege
        }
    }

    /// How a BMC gives its serial line.
    package enum ConsoleProtection: Sendable, Hashable {
        /// As it is asked for.
        case either
        case encrypted
        case clear
        /// Switched off by its owner.
        case disabled
    }

    /// The accounts.
    package var users: [User]
    /// The cipher suites that it takes.
    package var suites: [CipherSuite] = [.suite3, .suite17]
    /// K_G, as `BMCCredentials` has it.
    package var bmcKey: Secret<String>?
    /// 16 bytes, in the order in which they are sent.
    package var guid: [UInt8]
    /// The answer to Get Device ID.
    package var device = DeviceID(
        deviceID: 0x20, deviceRevision: 1, firmwareMajor: 1, firmwareMinor: 0x10, ipmiVersion: 0x02,
        // A chassis device with a system event log, an inventory, a sensor and its repository.
        additionalSupport: 0x8f, manufacturer: 0, product: 1)

    /// As the LAN configuration shows them.
    package var address = IPv4Address(rawValue: 0)
    /// The network mask that it reports.
    package var netmask = IPv4Address(rawValue: 0xffff_ff00)
    /// The gateway that it reports.
    package var gateway = IPv4Address(rawValue: 0)
    /// The MAC address that it reports, 6 bytes.
    package var macAddress: [UInt8] = [0x02, 0, 0, 0, 0, 1]

    /// Sensors beside the temperature that every BMC of the simulator has, with the numbers from 2 on.
    package var sensors: [BMCSensor] = []

    /// Open sessions, and as many again that are being opened.
    package var sessionLimit = 16
    /// After so long without a valid packet a session is forgotten (IPMI v2.0 §6.12.15).
    package var sessionTimeout = Duration.seconds(60)
    /// The same for a session that is being opened.
    package var handshakeTimeout = Duration.seconds(10)
    /// Serial over LAN; nil for a BMC without.
    package var console: ConsoleProtection? = .either
    /// When it sends again what a console has not acknowledged: as the default of IPMI v2.0 §26.3.
    package var consoleRetry = RetrySchedule(firstTimeout: .milliseconds(100), attempts: 7, jitter: 0)
    /// Seconds since 1970 at which the engine's clock stands at zero.
    package var epoch: UInt32 = 0

    /// The machine, as Redfish shows it.
    package var system = System()

    /// What a BMC tells of its machine over Redfish.
    package struct System: Sendable {
        /// A network interface, by the name that the firmware has for it.
        package struct Interface: Sendable {
            package var name: String
            package var mac: MACAddress

            package init(name: String, mac: MACAddress) {
                self.name = name
                self.mac = mac
            }
        }

        package var name = "machine"
        package var uuid = "B0A70000-0000-4000-8000-000000000000"
        package var serial = "0001"
        /// Its firmware is UEFI; else a BIOS.
        package var isUEFI = true
        package var interfaces: [Interface] = []

        package init() {}
    }

    /// - Parameter guid: 16 bytes; fewer are filled with zeros, more are cut off.
    package init(users: [User], guid: [UInt8]) {
        self.users = users
        self.guid = Array((guid + [UInt8](repeating: 0, count: 16)).prefix(16))
    }

    /// A BMC with one administrator.
    package init(user: String, password: Secret<String>, guid: [UInt8]) {
        self.init(users: [User(name: user, password: password)], guid: guid)
    }
}

/// A sensor of a simulated BMC, in the bytes of IPMI.
package struct BMCSensor: Sendable, Hashable {
    /// By which it is read.
    package var number: UInt8
    /// The record behind its header of five bytes (IPMI v2.0 §43.1, §43.2): at most 59.
    package var body: [UInt8]
    /// 1 for a full record, 2 for a compact one.
    package var kind: UInt8
    /// The answer to Get Sensor Reading.
    package var reading: [UInt8]
    /// M to exponents, of a sensor that is not linear.
    package var factorsOfReading: [UInt8]?
    /// The answer to Get Sensor Thresholds.
    package var thresholds: [UInt8]?

    package init(number: UInt8, kind: UInt8, body: [UInt8], reading: [UInt8]) {
        self.number = number
        self.kind = kind
        self.body = body
        self.reading = reading
    }

    func record(_ identifier: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt16(clamping: identifier))
        return bytes + [0x51, kind, UInt8(clamping: body.count)] + body
    }
}

/// How a BMC misbehaves, for rehearsals and tests.
package struct BMCFaults: Sendable, Hashable {
    /// Answers nothing at all.
    package var silent = false
    /// Probability with which each datagram is lost, either way.
    package var dropProbability = 0.0
    /// Seed of the losses: the same seed loses the same datagrams.
    package var seed: UInt64 = 1
    /// Added before each answer.
    package var delay = Duration.zero
    /// Knows other passwords than the configured ones.
    package var wrongPassword = false
    /// Knows other passwords than before once it has switched its machine on; open sessions stay.
    package var changesPassword = false
    /// Says yes to a boot device and forgets it.
    package var ignoresBootDevice = false
    /// Takes orders for a boot device and does not tell them.
    package var hidesBootDevice = false
    /// Says yes to every order to switch the machine, and does nothing.
    package var ignoresPower = false
    /// Counts the entries of its event log and lists the first one alone.
    package var hidesEvents = false
    /// Says yes to an order to clear its event log, and keeps it.
    package var keepsEvents = false
    /// Ends a reservation when it clears its event log by it, so that it refuses to say whether that is done.
    package var cancelsClearing = false
    /// Answers nothing any more once it has cleared its event log.
    package var isSilentOnceCleared = false
    /// Answers nothing any more once it is asked for the entry of its event log with this number, or a later one.
    package var silentFromRecord: UInt16?
    /// Names its first sensor record as the next of the last one.
    package var repeatsSensors = false
    /// Says no to every order.
    package var refusesOrders = false
    /// Says yes to an image for its drive, and stays empty. Redfish alone.
    package var ignoresMedia = false
    /// Has another certificate once it has switched its machine on. Redfish alone.
    package var replacesCertificate = false
    /// Its clock begins in 1970 when the BMC starts.
    package var beginsIn1970 = false
    /// Starts anew after the first order to switch that it carries out: for so long it answers nothing, and its sessions are gone.
    package var rebootTime = Duration.zero

    package init() {}
}

/// What a BMC has seen so far.
package struct BMCStatistics: Sendable, Hashable {
    /// The number of datagrams that were received.
    package var datagrams = 0
    package var sessionRequests = 0
    package var sessionsOpened = 0
    package var accountsRefused = 0
    /// The number of commands that were carried out.
    package var commands = 0

    package init() {}
}
