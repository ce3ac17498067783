import OrderedCollections
import Primitives
import SiteDesign

/// What a BMC was told about the next boot.
package struct RedfishBootOrder: Sendable, Hashable {
    /// `Pxe`, `UefiHttp`, `Hdd`, `Cd`, `BiosSetup`
    let target: String
    /// `UEFI`, `Legacy`; nil where the BMC leaves that to the firmware.
    let mode: String?
    /// Where it was written to, if that is not the system itself.
    let settings: String?
    /// For every boot to come, not for the next one alone.
    var isPersistent = false
}

/// What a BMC shows of the next boot.
package struct RedfishBootOverride: Sendable, Hashable {
    let target: String?
    let mode: String?
    /// `Once`, `Continuous`, `Disabled`
    let enabled: String?

    package init(_ resource: RedfishResource) {
        let boot = resource.value["Boot"]
        target = boot?["BootSourceOverrideTarget"]?.stringValue
        mode = boot?["BootSourceOverrideMode"]?.stringValue
        enabled = boot?["BootSourceOverrideEnabled"]?.stringValue
    }

    func fulfils(_ order: RedfishBootOrder) -> Bool {
        target == order.target && enabled != "Disabled"
            && (order.mode == nil || mode == nil || mode == order.mode)
    }

    /// For operators and programs.
    var readBack: Value {
        ["persistent": .bool(enabled == "Continuous"), "uefi": mode.map { .bool($0 == "UEFI") } ?? .null]
    }

    /// `Pxe, UEFI, Once`
    package var shown: String {
        let parts = [target ?? "None", mode, enabled].compactMap(\.self).map { RedfishMessage.shown($0, 40) }
        return parts.joined(separator: ", ")
    }
}

extension RedfishSession {
    /// The next boot of a system is from `source`; only that one, unless `persistent`.
    ///
    /// Some BMCs reset what is not named, so that all is named; others refuse a mode that is as it was, and get the order
    /// without it.
    package func order(
        _ source: BMCRequest.BootTarget, persistent: Bool = false, _ mode: BootMode, of system: RedfishResource
    ) async throws -> RedfishBootOrder {
        let path = try await bootSettings(of: system)
        let boot = system.value["Boot"]
        let target = try target(for: source, mode, permitted: boot?["BootSourceOverrideTarget@Redfish.AllowableValues"])
        let wanted = mode == .uefi ? "UEFI" : "Legacy"
        let shown = RedfishBootOverride(system).mode
        let modes = boot?["BootSourceOverrideMode@Redfish.AllowableValues"]?.arrayValue?.compactMap(\.stringValue)
        let isOffered = modes?.contains(wanted) ?? (shown != nil)
        let order = RedfishBootOrder(
            target: target, mode: isOffered ? wanted : nil, settings: path == system.path ? nil : path,
            isPersistent: persistent)
        do {
            try await change(path, order.body)
            return order
        } catch let error as RedfishError where [400, 422].contains(error.status) && isOffered && shown == wanted {
            let plain = RedfishBootOrder(
                target: target, mode: nil, settings: order.settings, isPersistent: persistent)
            try await change(path, plain.body)
            return plain
        }
    }

    /// What the BMC shows now: of the system, or where that does not show the order, of its pending settings.
    package func bootOverride(of system: RedfishResource, after order: RedfishBootOrder) async throws
        -> RedfishBootOverride
    {
        let shown = RedfishBootOverride(system)
        guard !shown.fulfils(order), let settings = order.settings else { return shown }
        let pending = RedfishBootOverride(try await resource(settings))
        return pending.fulfils(order) ? pending : shown
    }

    /// Where the boot order is written to: the settings that become the system's own (DSP0266 §9.10), if they have one.
    private func bootSettings(of system: RedfishResource) async throws -> String {
        guard let settings = system.link("@Redfish.Settings", "SettingsObject"), settings != system.path else {
            return system.path
        }
        let answer = try await request("GET", settings)
        if !answer.isSuccess, !answer.failure.isPermanent { throw answer.failure }
        return answer.isSuccess && answer.value["Boot"]?.objectValue != nil ? settings : system.path
    }

    private nonisolated func target(
        for source: BMCRequest.BootTarget, _ mode: BootMode, permitted: Value?
    ) throws(RedfishError) -> String {
        let targets: [String] =
            switch (source, mode) {
            case (.network, .uefi): ["Pxe", "UefiHttp"]
            case (.network, .bios): ["Pxe"]
            case (.disk, _): ["Hdd"]
            case (.bios, _): ["BiosSetup"]
            case (.cdrom, _): ["Cd"]
            }
        let permitted = permitted?.arrayValue?.compactMap(\.stringValue)
        guard let target = targets.first(where: { permitted?.contains($0) ?? true }) else {
            let list = RedfishMessage.shown((permitted ?? []).joined(separator: ", "), 300)
            throw RedfishError(
                .command,
                "BMC \(endpoint) cannot boot its system from the \(source.rawValue): it offers "
                    + "\(list.isEmpty ? "nothing" : list); enable it in the firmware")
        }
        return target
    }
}

extension RedfishBootOrder {
    fileprivate var body: Value {
        var boot: Value.Object = [
            "BootSourceOverrideEnabled": isPersistent ? "Continuous" : "Once",
            "BootSourceOverrideTarget": .string(target),
        ]
        if let mode { boot["BootSourceOverrideMode"] = .string(mode) }
        return ["Boot": .object(boot)]
    }
}
