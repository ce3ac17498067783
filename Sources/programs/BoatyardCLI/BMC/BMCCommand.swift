import ArgumentParser
import OutOfBand

struct BMCCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bmc",
        abstract: "Ask BMCs, and tell them what to do.",
        discussion: """
            A BMC is named by its node, and the daemon asks it: one order at a time, and none while a task works on the node.
              boatyard bmc power status n1

            With --user, a BMC is named by its address, and this program talks to it by IPMI 2.0 itself: no site and no daemon \
            is needed.
              boatyard bmc power status 10.0.0.11 --user admin --password-file secret
              boatyard bmc sweep 10.0.0.1-10.0.3.232 --user admin --password-file secret

            Every order is followed by looks at the machine until it is seen to have been carried out.
            """,
        subcommands: [
            BMCPower.self, BMCBoot.self, BMCIdentify.self, BMCEventLog.self, BMCSensors.self, BMCInfo.self,
            BMCClockCommand.self,
            BMCConsole.self, BMCReport.self, BMCForget.self, BMCSweepCommand.self,
        ])
}

struct BMCPower: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "power", abstract: "Read the power, or switch it and see that it is so.")

    enum Action: String, ExpressibleByArgument, CaseIterable {
        case status
        case on
        case off
        case cycle
    }

    @Argument(help: "status, on, off or cycle; off does not ask the operating system.")
    var action: Action

    @OptionGroup var target: BMCTarget
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let request = BMCRequest.Power(rawValue: action.rawValue).map { BMCRequest.power($0) } ?? .powerStatus
        try await target.show(request, options) { BMCText.power($0) }
    }
}

struct BMCBoot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boot", abstract: "Order where the machine boots from next, and read it back.",
        discussion: "The machine is not restarted: boatyard bmc power cycle does that.")

    @Argument(help: "network, disk, bios (the firmware's set-up) or cdrom.")
    var device: BMCRequest.BootTarget

    @OptionGroup var target: BMCTarget

    @Flag(help: "For every boot to come, not for the next one alone.")
    var persistent = false

    @Flag(help: "For firmware that boots by UEFI.")
    var uefi = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await target.show(.boot(device, persistent: persistent, uefi: uefi), options) { BMCText.boot($0) }
    }
}

struct BMCIdentify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identify", abstract: "Light the locator lamp of a machine.")

    @OptionGroup var target: BMCTarget

    @Argument(help: "For how long, 1 to 255; 0 puts the lamp out.")
    var seconds: UInt8 = 60

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await target.show(.identify(seconds: seconds), options) { BMCText.identify($0) }
    }
}

struct BMCEventLog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sel", abstract: "List the system event log of a BMC.",
        discussion: "Times are those of the BMC's clock, taken as UTC.")

    @OptionGroup var target: BMCTarget

    @Flag(
        help:
            "Empty the log. What is listed is what was in it: no event is lost. It is not emptied where the BMC lists too few."
    )
    var clear = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await target.show(.eventLog(clears: clear), options) { BMCText.eventLog($0) }
    }
}

struct BMCSensors: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensors", abstract: "List the sensors of a machine and what they read.")

    @OptionGroup var target: BMCTarget

    @Flag(help: "Read the thresholds, too.")
    var thresholds = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await target.show(.sensors(thresholds: thresholds), options) { BMCText.sensors($0) }
    }
}

struct BMCInfo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show a BMC and its machine: firmware, inventory, network, users.")

    @OptionGroup var target: BMCTarget
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await target.show(.information, options) { BMCText.information($0) }
    }
}

struct BMCClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Show what time it is by the clock of a BMC, and by how much it is wrong.",
        discussion: "Wrong by this host's clock. The event log has the BMC's times.")

    @OptionGroup var target: BMCTarget
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await target.show(.clock, options) { BMCText.clock($0) }
    }
}

extension BMCRequest.BootTarget: ExpressibleByArgument {}
