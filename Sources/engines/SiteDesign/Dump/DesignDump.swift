import OrderedCollections
import Primitives

/// A compiled design as one JSON value: the documents, the findings and the effective site.
///
/// The form is that of recordings of the reference implementation, so that the two can be compared.
package enum DesignDump {
    /// Values that differ from run to run, fixed so that rendered assets can be reproduced.
    package struct Rendering: Sendable {
        /// The ids in the template's context.
        package var identity: BootActionIdentity
        /// The value of `action.design_ref`.
        package var designReference: String
        /// The value of `action.report_url`.
        package var reportURL: String
        /// Reads the contents of a location.
        package var fetch: BootActionRenderer.Fetch
        /// Reads lists of packages; nil reads them with `fetch`.
        package var fetchPackages: BootActionRenderer.Fetch?

        package init(
            identity: BootActionIdentity, designReference: String, reportURL: String,
            fetchPackages: BootActionRenderer.Fetch? = nil, fetch: @escaping BootActionRenderer.Fetch
        ) {
            self.identity = identity
            self.designReference = designReference
            self.reportURL = reportURL
            self.fetch = fetch
            self.fetchPackages = fetchPackages
        }

        /// A body that names the location.
        package static let stub: BootActionRenderer.Fetch = { location in Array("#stub \(location)\n".utf8) }
        /// A list of one package.
        package static let stubPackages: BootActionRenderer.Fetch = { _ in Array("stub-package: null\n".utf8) }
    }

    /// The design as one value.
    ///
    /// - Parameters:
    ///   - rendering: what assets are rendered with; nil renders none.
    ///   - filters: node filters, whose results are part of the value.
    package static func value(
        of design: CompiledDesign, rendering: Rendering? = nil, filters: [Value] = []
    ) async -> Value {
        let site = design.draft
        let wasRead = !design.messages.contains { $0.name == "DD000" || $0.name == "DD001" }
        // The recordings know nothing of findings that are ours alone.
        let (ours, shared) = design.messages.partitioned { $0.name.hasPrefix("BY") }
        var dump: Value.Object = [
            "ingest": [
                "status": wasRead ? "Success" : "failure", "message": nil, "reason": nil,
                "error_count": .int(wasRead ? 0 : design.errorCount),
                "messages": wasRead ? [] : .array(shared.map(message)),
            ],
            "ingest_counts": [
                "racks": .int(site.racks.count), "network_links": .int(site.networkLinks.count),
                "networks": .int(site.networks.count), "hardware_profiles": .int(site.hardwareProfiles.count),
                "host_profiles": .int(site.hostProfiles.count), "baremetal_nodes": .int(site.nodes.count),
                "bootactions": .int(site.bootActions.count),
            ],
            "validation": validation(of: design, shared),
            "region": site.region.map(region) ?? .null,
            "racks": .array(site.racks.map(rack)),
            "network_links": .array(site.networkLinks.map(networkLink)),
            "networks": .array(site.networks.map(network)),
            "hardware_profiles": .array(site.hardwareProfiles.map(hardwareProfile)),
            "host_profiles": .array(site.hostProfiles.map(hostProfile)),
            "nodes": .array(site.nodes.map(node)),
            "bootactions": .array(await bootActions(of: site, rendering)),
            "boatyard_findings": .array(ours.map(message)),
        ]
        if let rendering {
            for (name, value) in inputs(of: rendering) { dump[name] = value }
            dump["tarballs"] = await archives(of: site, rendering)
        }
        if !filters.isEmpty {
            dump["node_filters"] = .array(filters.map { ["filter": $0, "result": filtered(site, by: $0)] })
        }
        return .object(dump)
    }

    /// With what assets were rendered.
    package static func inputs(of rendering: Rendering) -> Value.Object {
        let identity = rendering.identity
        return [
            "action_id_hex": ULID(identity.actionID).map { .string($0.bytes.hex) } ?? .null,
            "action_key_hex": .string(identity.key.reveal().hex),
            "design_ref_for_assets": .string(rendering.designReference), "report_url": .string(rendering.reportURL),
        ]
    }

    private static func validation(of design: CompiledDesign, _ messages: [DesignValidationMessage]) -> Value {
        let summary = design.status.summary
        return [
            "status": .string(design.status.rawValue), "message": Value(summary.message),
            "reason": Value(summary.reason), "error_count": .int(messages.count(where: \.error)),
            "messages": .array(messages.map(message)),
        ]
    }

    private static func message(_ message: DesignValidationMessage) -> Value {
        switch message.form {
        case .validation:
            [
                "name": .string(message.name), "level": .string(message.level.title), "error": .bool(message.error),
                "message": .string(message.message), "diagnostic": .string(message.diagnostic),
                "documents": .array(message.documents.map(\.value)),
            ]
        case .task:
            [
                "name": nil, "context": "NA", "context_type": "NA", "error": .bool(message.error),
                "message": .string(message.message),
            ]
        }
    }

    private static func filtered(_ site: EffectiveSite, by filter: Value) -> Value {
        // The reference looks at no filter, right or wrong, where there is nothing to choose from.
        if filter.isNull || site.nodes.isEmpty { return Value(site.nodes.map(\.name).sorted()) }
        do {
            return try NodeFilter(filter).apply(to: site.nodes).map { Value($0.sorted()) } ?? .null
        } catch {
            return failure(error)
        }
    }

    static func failure(_ error: any Error) -> Value {
        ["!error": .string("\(type(of: error))"), "text": .string("\(error)")]
    }
}

extension Sequence {
    fileprivate func partitioned(by isFirst: (Element) -> Bool) -> (first: [Element], second: [Element]) {
        reduce(into: ([], [])) { parts, element in
            if isFirst(element) { parts.0.append(element) } else { parts.1.append(element) }
        }
    }
}
