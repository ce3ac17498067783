import IPMI
import Testing

@testable import Simulator

@Suite("The switch between a BMC and its machine")
struct PowerSwitchTests {
    @Test("the machine hears of every change in its order, and a one-time boot device is used up")
    func order() async {
        let power = PowerSwitch()
        power.chassis.setBootFlags(BootFlags(device: .pxe))
        #expect(power.chassis.control(.on) == .completed)
        #expect(power.chassis.isPoweredOn)
        power.chassis.restart()
        #expect(power.chassis.control(.off) == .completed)
        power.unplug()
        var devices: [String] = []
        for await event in power.events {
            switch event {
            case .mediaChanged: continue
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
        #expect(power.chassis.control(.reset) == .notSupportedInPresentState)
        _ = power.chassis.control(.on)
        power.chassis.turnOff()
        #expect(!power.chassis.isPoweredOn)
    }
}
