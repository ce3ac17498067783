import IPMI
import OrderedCollections
import Primitives

/// The machine that the BMC switches.
extension RedfishEngine {
    static let resetTypes = [
        "On", "ForceOn", "ForceOff", "GracefulShutdown", "ForceRestart", "GracefulRestart", "PowerCycle",
        "PushPowerButton", "Nmi",
    ]
    static let bootTargets: OrderedDictionary<String, BootDevice> = [
        "None": .none, "Pxe": .pxe, "Hdd": .disk, "Cd": .cdrom, "BiosSetup": .bios,
    ]
    static let bootModes = ["UEFI", "Legacy"]

    mutating func reset(_ body: Value.Object) throws(RedfishRequestError) -> RedfishReply {
        let action = "ComputerSystem.Reset"
        guard let type = body["ResetType"] else {
            throw RedfishRequestError(400, .parameterMissing("ResetType", action))
        }
        let control: ChassisControl.Action
        switch type.stringValue {
        case "On", "ForceOn": control = .on
        case "ForceOff": control = .off
        case "GracefulShutdown": control = .softOff
        case "ForceRestart", "GracefulRestart": control = .reset
        case "PowerCycle": control = .cycle
        case "PushPowerButton": control = chassis.isPoweredOn ? .softOff : .on
        case "Nmi": control = .diagnostic
        default: throw RedfishRequestError(400, .parameterValue("ResetType", action, type))
        }
        guard !faults.refusesOrders else { throw RedfishRequestError(400, .actionNotSupported(action)) }
        countCommand()
        guard !faults.ignoresPower else { return RedfishReply(status: 204) }
        guard chassis.control(control) == .completed else { throw RedfishRequestError(409, .resourceInStandby) }
        return RedfishReply(status: 204)
    }

    /// - Returns: whether anything was changed, and what could not be.
    mutating func changeSystem(_ changes: Value.Object) -> (Bool, [BaseMessage]) {
        var messages: [BaseMessage] = []
        var isChanged = false
        for (name, value) in changes {
            guard name == "Boot", let boot = value.objectValue else {
                messages.append(name == "Boot" ? .propertyValue(name, value) : .propertyUnknown(name))
                continue
            }
            let (isSet, problems) = changeBoot(boot)
            isChanged = isChanged || isSet
            messages += problems
        }
        return (isChanged, messages)
    }

    private mutating func changeBoot(_ boot: Value.Object) -> (Bool, [BaseMessage]) {
        guard !faults.refusesOrders else { return (false, [.actionNotSupported("PATCH Boot")]) }
        var messages: [BaseMessage] = []
        var flags = chassis.bootFlags
        var enabled = flags.isValid ? (flags.isPersistent ? "Continuous" : "Once") : nil
        let isEFI = flags.isValid ? flags.isEFI : configuration.system.isUEFI
        flags = BootFlags(device: flags.nextDevice, isEFI: isEFI)
        for (name, value) in boot {
            let text = value.stringValue ?? ""
            switch name {
            case "BootSourceOverrideTarget":
                if let device = Self.bootTargets[text] {
                    flags.device = device
                } else {
                    messages.append(.propertyValue(name, value))
                }
            case "BootSourceOverrideEnabled":
                if ["Once", "Continuous", "Disabled"].contains(text) {
                    enabled = text
                } else {
                    messages.append(.propertyValue(name, value))
                }
            case "BootSourceOverrideMode":
                if Self.bootModes.contains(text) {
                    flags.isEFI = text == "UEFI"
                } else {
                    messages.append(.propertyValue(name, value))
                }
            default: messages.append(.propertyUnknown(name))
            }
        }
        guard messages.count < boot.count else { return (false, messages) }
        countCommand()
        guard !faults.ignoresBootDevice else { return (true, messages) }
        flags.isPersistent = enabled == "Continuous"
        chassis.setBootFlags(enabled == "Disabled" || flags.device == .none ? .cleared : flags)
        return (true, messages)
    }

    var bootOverride: Value {
        let flags = faults.hidesBootDevice ? .cleared : chassis.bootFlags
        let target = Self.bootTargets.first { $0.value == flags.nextDevice }?.key ?? "None"
        let isEFI = flags.isValid ? flags.isEFI : configuration.system.isUEFI
        return [
            "BootSourceOverrideEnabled": flags.isValid ? (flags.isPersistent ? "Continuous" : "Once") : "Disabled",
            "BootSourceOverrideTarget": .string(target), "BootSourceOverrideMode": isEFI ? "UEFI" : "Legacy",
            "BootSourceOverrideTarget@Redfish.AllowableValues": Value(Array(Self.bootTargets.keys)),
            "BootSourceOverrideEnabled@Redfish.AllowableValues": ["Disabled", "Once", "Continuous"],
            "BootSourceOverrideMode@Redfish.AllowableValues": Value(Self.bootModes),
        ]
    }
}
