import Primitives

extension RedfishSession {
    /// On how many pages the members of a collection are looked for.
    private static let pageLimit = 16
    package static let listLimit = 64

    /// The paths of a collection's members, page by page where the BMC gives them so (DSP0266, Pagination).
    ///
    /// - Parameter limit: how many members are looked at.
    package func members(of collection: String, atMost limit: Int = RedfishSession.listLimit) async throws -> [String] {
        try await list(of: collection, atMost: limit).members
    }

    /// What was read of a collection.
    struct MemberList: Sendable {
        /// The paths of its members.
        var members: [String]
        /// Whether it has more.
        var isCut: Bool
        /// Whether it names as its next page one that was read, or that cannot be, and does not say how many members it has.
        var isOpen: Bool
    }

    /// The same, and whether there are more.
    func list(of collection: String, atMost limit: Int) async throws -> MemberList {
        var members: [String] = []
        var announced: Int?
        var isBroken = false
        var pages: Set<String> = []
        var next: String? = collection
        while let page = next, members.count < limit, pages.count < Self.pageLimit,
            pages.insert(page).inserted
        {
            let resource = try await resource(page)
            members += resource.links("Members")
            announced = announced ?? resource.value["Members@odata.count"]?.intValue
            next = resource.nextPage.flatMap(path)
            isBroken = resource.nextPage != nil && next.map { pages.contains($0) } ?? true
        }
        let isLacking = isBroken && announced.map { $0 > Set(members).count } ?? false
        let isCut = members.count > limit || isLacking || next.map { !pages.contains($0) } ?? false
        return MemberList(
            members: Array(members.prefix(limit)), isCut: isCut, isOpen: isBroken && announced == nil)
    }

    /// The same of one collection of several: where it cannot be read, the others are not lost with it.
    ///
    /// - Parameter missing: gets why it was not read.
    /// - Returns: nil where it was not read.
    func list(
        of collection: String, atMost limit: Int, orNote missing: inout [String]
    ) async throws -> MemberList? {
        do {
            return try await list(of: collection, atMost: limit)
        } catch let error as RedfishError where error.costsItsResourceAlone {
            missing.append(error.message)
            return nil
        }
    }

    /// The machine of the node: the only system of the BMC, or the one that `oob.system_id` names.
    package func system() async throws -> RedfishResource {
        guard let collection = root.link("Systems") else { throw violation("has no systems in its service root") }
        let list = try await list(of: collection, atMost: Self.listLimit)
        let (members, isCut) = (list.members, list.isCut)
        let systems =
            "\(isCut ? "at least " : "")\(members.count) system\(members.count == 1 ? "" : "s") (\(Self.names(members)))"
        if let id = endpoint.systemID { return try await system(id, among: members, systems) }
        guard let only = members.first else {
            guard !list.isOpen else {
                throw violation(
                    "shows no system, and names as the next page of its systems one that was read or cannot be")
            }
            throw RedfishError(
                .busy(retryAfter: nil), "BMC \(endpoint) shows no system; it may be starting, and if not, restart it")
        }
        guard members.count == 1, !isCut else {
            throw RedfishError(
                .configuration,
                "BMC \(endpoint) has \(systems), and the design does not name one; set oob.system_id of the node")
        }
        return try await resource(only)
    }

    /// By the last part of its path, or else by what it says of itself.
    ///
    /// - Parameter systems: for messages, how many there are, and their names.
    private func system(_ id: String, among members: [String], _ systems: String) async throws -> RedfishResource {
        if let path = members.first(where: { RedfishResource.name(of: $0) == id }) { return try await resource(path) }
        var missing: [String] = []
        for path in members {
            guard let system = try await resource(path, orNote: &missing) else { continue }
            if ["Id", "UUID", "Name"].contains(where: { system.value[$0]?.stringValue == id }) { return system }
        }
        throw RedfishError(
            missing.isEmpty ? .configuration : .protocolViolation,
            "BMC \(endpoint) has no system '\(id)', which oob.system_id names; it has \(systems). Set oob.system_id "
                + "of the node to one of them\(Self.missingText(missing))")
    }

    /// What an error says of what was not read; nothing where all was.
    static func missingText(_ missing: [String]) -> String {
        missing.first.map { ". Of these \(missing.count) cannot be read: \($0)" } ?? ""
    }

    private static func names(_ paths: [String]) -> String {
        let names = paths.prefix(8).map { RedfishResource.name(of: $0) }.joined(separator: ", ")
        return RedfishMessage.shown(names, 300)
    }

    /// The managers of a system, or those of the BMC where the system does not say which are its own.
    package func managers(of system: RedfishResource) async throws -> [String] {
        let own = system.links("Links", "ManagedBy")
        guard own.isEmpty, let collection = root.link("Managers") else { return own }
        return try await members(of: collection)
    }

    /// Whether a system is on. One that is about to go on is off until it is on, and the other way round.
    nonisolated func power(of system: RedfishResource) throws(RedfishError) -> PowerState {
        switch system.value["PowerState"]?.stringValue {
        case "On", "PoweringOff", "Paused": return .on
        case "Off", "PoweringOn": return .off
        default:
            throw RedfishError(
                .busy(retryAfter: nil),
                "BMC \(endpoint) does not tell whether its system is on; it may be starting, and if not, restart it")
        }
    }

    /// Switches a system, by the first way to do it that the BMC permits.
    package func reset(_ system: RedfishResource, to state: PowerState) async throws {
        let action = system.value["Actions"]?["#ComputerSystem.Reset"]
        guard let action, let target = action["target"]?.stringValue.flatMap(path) else {
            throw violation("has no action to switch its system")
        }
        // A short push of the button asks the operating system to go off, so that it is for a machine that is off.
        let ways = state == .on ? ["On", "ForceOn", "PushPowerButton"] : ["ForceOff"]
        let permitted = try await values(of: "ResetType", action)
        guard let way = ways.first(where: { permitted?.contains($0) ?? true }) else {
            let list = RedfishMessage.shown((permitted ?? []).joined(separator: ", "), 300)
            throw RedfishError(
                .command,
                "BMC \(endpoint) cannot switch its system \(state.rawValue): the reset types that it permits are "
                    + "\(list.isEmpty ? "none" : list); switch it by hand, and update its firmware")
        }
        try await act(target, ["ResetType": .string(way)])
    }

    /// What a parameter of an action may be; nil where the BMC does not say. BMCs write it beside the action, or in a
    /// resource of its own.
    private func values(of parameter: String, _ action: Value) async throws -> [String]? {
        if let list = action["\(parameter)@Redfish.AllowableValues"]?.arrayValue {
            return list.compactMap(\.stringValue)
        }
        guard let info = action["@Redfish.ActionInfo"]?.stringValue.flatMap(path) else { return nil }
        // An account that may switch the machine need not be one that may read what ways there are.
        var unread: [String] = []
        guard let parameters = try await resource(info, orNote: &unread)?.value["Parameters"]?.arrayValue else {
            return nil
        }
        let named = parameters.first { $0["Name"]?.stringValue == parameter }
        return named?["AllowableValues"]?.arrayValue.map { $0.compactMap(\.stringValue) }
    }
}
