import Primitives
import RehearsalMap
import Testing

@testable import Drydock

@Suite("A rehearsal")
struct RehearsalTests {
    @Test("the power of a machine that is being installed is looked at each second, and otherwise as configured")
    func powerWatch() {
        var configuration = DrydockConfiguration(
            stateDirectory: "/nonexistent", nodeURL: { "" }, internalURL: { "" },
            timeouts: TestDaemon.shortTimeouts())
        configuration.timeouts.powerWatch = 60
        #expect(configuration.presentPowerWatch == 60)
        configuration.rehearsal = RehearsalMap()
        #expect(configuration.presentPowerWatch == 1)
    }

    @Test("something must be heard of a machine within half a minute, and otherwise within eight, or as configured")
    func networkBoot() {
        var configuration = DrydockConfiguration(
            stateDirectory: "/nonexistent", nodeURL: { "" }, internalURL: { "" },
            timeouts: TestDaemon.shortTimeouts())
        #expect(configuration.presentNetworkBoot == 480)
        configuration.rehearsal = RehearsalMap()
        #expect(configuration.presentNetworkBoot == 30)
        configuration.timeouts.networkBoot = 2
        #expect(configuration.presentNetworkBoot == 2)
    }
}
