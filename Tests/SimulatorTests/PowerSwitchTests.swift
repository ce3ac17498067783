import IPMI
import Testing

@testable import Simulator

@Suite("The switch between a BMC and its machine")
struct PowerSwitchTests {
    @Test("the machine hears of every change in its order, and a one-time boot device is used up")
    func order() async {
        let power = PowerSwitch()
        power.setBootFlags(BootFlags(device: .pxe))
        #expect(power.control(.on) == .completed)
        #expect(power.isPoweredOn)
        power.restart()
        #expect(power.control(.off) == .completed)
        power.unplug()
        var devices: [String] = []
        for await event in power.events {
            switch event {
            case .bootFlagsChanged(let flags): devices.append("set \(flags.device)")
            case .poweredOn(let flags): devices.append("on \(flags.device)")
            case .reset(let flags): devices.append("reset \(flags.device)")
            case .poweredOff: devices.append("off")
            }
        }
        #expect(devices == ["set pxe", "on pxe", "reset none", "off"])
    }

    @Test("a reset needs power, and losing it is noticed")
    func resetWithoutPower() {
        let power = PowerSwitch()
        #expect(power.control(.reset) == .notSupportedInPresentState)
        _ = power.control(.on)
        power.losePower()
        #expect(!power.isPoweredOn)
    }
}
