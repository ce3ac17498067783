import Drydock
import Settings
import SystemSupport
import TestSupport
import Testing

@testable import BoatyardDaemon

@Suite("What the settings mean to Drydock")
struct DaemonConfigurationTests {
    @Test("how many tasks and nodes are worked on at a time is what the settings say")
    func parallel() throws {
        let folder = try OwnedFolder()
        var settings = Settings()
        func configuration() throws -> DrydockConfiguration {
            let state = try StateDirectory(path: "\(folder.path)/\(settings.tasks.parallel)")
            return DrydockConfiguration(
                settings, state: state, rehearsal: nil, addresses: BoundAddresses([], settings))
        }
        let byDefault = try configuration()
        #expect(byDefault.parallelTasks == 64 && byDefault.parallelNodes == 64)
        settings.tasks.parallel = 8
        settings.tasks.parallelNodes = 200
        let other = try configuration()
        #expect(other.parallelTasks == 8 && other.parallelNodes == 200)
    }
}
