import Primitives

/// A node of the design, or a machine that is nobody's.
struct MachineView {
    var name: String
    /// `Deployed`, …; `not seen` for a node whose machine has not come forward, `erased` for one whose machine was erased and is
    /// not being installed again.
    var status: String
    /// Whether its machine was erased and is not being installed again.
    var isErased = false
    /// Whether it is a node that the documents have no more.
    var hasLeftDesign = false
    /// What went wrong with it last.
    var problem: String?
    /// In which task.
    var task: String?
    /// What is waited for with it now.
    var wait: WaitView?
    /// What it has begun and not ended, where no task deals with it any more.
    var unattended: String?
    /// Who else says to be the node, the latest first.
    var conflicts: [String] = []
    /// Secrets of its installation that were used after their part was over, or that too many ask for, the latest first.
    var alarms: [String] = []
    /// `on`, `off`, `unknown`.
    var power: String
    /// The BMC's address.
    var bmc: String
    var bootMAC: String
    /// 0 where the machine has not said.
    var cpus: Int
    /// MiB; 0 where the machine has not said.
    var memory: Int
    /// That a deployed machine was installed with; nil where that is not known.
    var revision: Int?
    /// The revision that is committed; nil where that is not known.
    var committed: Int?
    /// How it is not as it should be, apart from its revision.
    var drift: [String] = []
    /// Whether its power may have changed since it was seen.
    var isPowerStale = false
    /// Since when it is marked for rescue.
    var rescue: String?
    /// What is to be said of its newest test.
    var test: String?

    init(_ node: Value) {
        name = node["hostname"]?.stringValue ?? ""
        status = node["status_name"]?.stringValue ?? ""
        isErased = node["erased"]?.boolValue ?? false
        if isErased, ["Missing", "New"].contains(status) { status = "erased" }
        if status == "Missing" { status = "not seen" }
        hasLeftDesign = ULID(name.uppercased()) == nil && node["designed"]?.boolValue == false
        problem = node["problem"]?["message"]?.stringValue
        task = node["problem"]?["task"]?.stringValue
        power = node["power_state"]?.stringValue ?? ""
        bmc = ControlCharacters.escaped(node["power_address"]?.stringValue ?? "", keepsLines: false)
        bootMAC = node["boot_mac"]?.stringValue ?? ""
        cpus = node["cpu_count"]?.intValue ?? 0
        memory = node["memory"]?.intValue ?? 0
        revision = node["deployed_revision"]?.intValue
        committed = node["committed_revision"]?.intValue
        isPowerStale = node["power_stale"]?.boolValue ?? false
        drift = (node["drift"]?.arrayValue ?? []).filter { $0["kind"] != "revision" }.compactMap {
            $0["message"]?.stringValue.map { ControlCharacters.escaped($0, keepsLines: false) }
        }
        // One line of a table or list, whatever a machine put into it.
        problem = problem.map { ControlCharacters.escaped(Self.shortened($0, of: name), keepsLines: false) }
        unattended = node["unattended"]?.stringValue.map {
            "no task waits any more for \(ControlCharacters.escaped($0, keepsLines: false))"
        }
        wait = WaitView(node["waiting_for"])
        rescue = node["rescue"]?["since"]?.stringValue.map {
            "since \(ControlCharacters.escaped(Text.second($0), keepsLines: false)). End it with: boatyard rescue \(name) --end"
        }
        test = HardwareTestText.remark(name, node["test"]).map { ControlCharacters.escaped($0, keepsLines: false) }
        alarms = (node["alarms"]?.arrayValue ?? []).map(Self.alarm)
        let isInstalled = Self.installed.contains(node["status_name"]?.stringValue ?? "")
        conflicts = (node["conflicts"]?.arrayValue ?? []).map { conflict in
            let message = conflict["message"]?.stringValue ?? ""
            let mac = conflict["mac"]?.stringValue ?? ""
            let times = conflict["count"]?.intValue.map { $0 > 1 ? ", \($0) times" : "" } ?? ""
            let text = "\(message) (from \(conflict["boot_ip"]?.stringValue ?? "")\(times)). "
            let remedy = Self.remedy(name, mac, present: bootMAC, isInstalled: isInstalled)
            return ControlCharacters.escaped(text + remedy, keepsLines: false)
        }
    }

    /// How a dispute is settled. The address of whoever says to be the node comes last: anybody can say so.
    ///
    /// - Parameters:
    ///   - mac: from where the other one boots.
    ///   - present: from where the node's machine boots, or is to; empty where nobody knows.
    ///   - isInstalled: whether a system of the node is on the disk of its machine, so that it is only taken away by force.
    private static func remedy(_ name: String, _ mac: String, present: String, isInstalled: Bool) -> String {
        if mac == present { return "If its board was replaced: boatyard claim \(name) --mac \(mac)" }
        let keep = present.isEmpty ? "" : "To keep it: boatyard claim \(name) --mac \(present). "
        guard isInstalled else { return "\(keep)If that is the machine: boatyard claim \(name) --mac \(mac)" }
        return "\(keep)If the machine was replaced: boatyard claim \(name) --mac \(mac) --force"
    }

    /// The states of machines with a system on their disks.
    private static let installed = ["Deployed", "Failed disk erasing"]

    private static func alarm(_ alarm: Value) -> String {
        let peer = alarm["boot_ip"]?.stringValue.map { "from \($0)" } ?? "from an unknown address"
        let times = alarm["count"]?.intValue.map { $0 > 1 ? ", \($0) times" : "" } ?? ""
        let last = alarm["last"]?.stringValue.map { ", last at \(Text.second($0))" } ?? ""
        let text =
            "\(alarm["message"]?.stringValue ?? "") (\(peer)\(times)\(last)). "
            + (alarm["secret"] == "script"
                ? "If that is none of its own addresses, somebody on its network asks in its name: find out who"
                : "It was refused. If that was not the machine itself, somebody on its network has its secrets: install it anew")
        return ControlCharacters.escaped(text, keepsLines: false)
    }

    /// Those of the design in natural order, then those that are nobody's.
    ///
    /// - Parameter nodes: as `GET nodes?designed=true` lists them.
    static func all(_ nodes: [Value]) -> [MachineView] {
        let machines = nodes.map(MachineView.init)
        return machines.filter(\.isDesigned).inNaturalOrder(of: \.name) + machines.filter { !$0.isDesigned }
    }

    /// A machine that is no node of the design goes by its id.
    var isDesigned: Bool { ULID(name.uppercased()) == nil }

    /// A message without the name that the table or list begins with already.
    static func shortened(_ message: String, of name: String) -> String {
        for prefix in ["Node \(name), ", "Node \(name): ", "\(name): "] where message.hasPrefix(prefix) {
            return String(message.dropFirst(prefix.count))
        }
        return message
    }

    var isDone: Bool { problem == nil && unattended == nil && status == "Deployed" }
    /// Whether something is being done to it now.
    var isMoving: Bool { wait != nil || !Self.resting.contains(status) }

    private static let resting = ["not seen", "erased", "New", "Ready", "Allocated", "Deployed"]
}
