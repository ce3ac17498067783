import Archive
import Cryptography
import OrderedCollections
import Primitives
import Synchronization

extension DesignDump {
    static func bootActions(of site: EffectiveSite, _ rendering: Rendering?) async -> [Value] {
        var dumps: [Value] = []
        for action in site.bootActions {
            var members: Value.Object = [
                "name": .string(action.name), "signaling": .bool(action.signaling),
                "target_nodes": Value(action.targetNodes), "assets": .array(action.assets.map(asset)),
            ]
            if let rendering {
                var rendered: Value.Object = [:]
                for name in action.targetNodes {
                    guard let node = site.node(named: name) else { continue }
                    rendered[name] = await render(action, for: node, in: site, rendering)
                }
                members["rendered"] = .object(rendered)
            }
            dumps.append(.object(members))
        }
        return dumps
    }

    private static func asset(_ asset: BootActionAsset) -> Value {
        [
            "type": .string(asset.kind.rawValue), "path": Value(asset.path), "location": Value(asset.location),
            "data": Value(asset.data), "permissions": number(asset.permissions),
            "package_list": asset.packages.map(packages) ?? .null,
            "location_pipeline": list(asset.locationPipeline?.map(\.rawValue)),
            "data_pipeline": list(asset.dataPipeline?.map(\.rawValue)),
        ]
    }

    private static func render(
        _ action: BootAction, for node: BaremetalNode, in site: EffectiveSite, _ rendering: Rendering
    ) async -> Value {
        let fetched = FetchedLocations()
        let renderer = BootActionRenderer(
            site: site, designReference: rendering.designReference, reportURL: rendering.reportURL,
            fetchPackages: { location in
                fetched.add(location)
                return try await (rendering.fetchPackages ?? rendering.fetch)(location)
            },
            fetch: { location in
                fetched.add(location)
                return try await rendering.fetch(location)
            })
        do {
            let assets = try await renderer.assets(
                of: action, for: node, kinds: [.file, .unit, .packageList], as: rendering.identity)
            return ["assets": .array(assets.map(renderedAsset)), "fetched_urls": Value(fetched.all)]
        } catch {
            return failure(error)
        }
    }

    private static func renderedAsset(_ asset: RenderedAsset) -> Value {
        var members: Value.Object = [
            "type": .string(asset.kind.rawValue), "path": Value(asset.path), "permissions": number(asset.permissions),
        ]
        switch asset.content {
        case .packages(let list): members["package_list"] = packages(list)
        case .bytes(let bytes):
            members["size"] = .int(bytes.count)
            members["sha256"] = .string(Hash.sha256(bytes).hex)
            if bytes.count < longestText { members["text"] = Value(String(validating: bytes, as: UTF8.self)) }
        }
        return .object(members)
    }

    /// Longer assets are told by their digests alone.
    private static let longestText = 20_000

    static func packages(_ list: PackageList) -> Value { .object(list.mapValues { Value($0) }) }

    /// What each node would fetch, kind by kind.
    static func archives(of site: EffectiveSite, _ rendering: Rendering) async -> Value {
        let renderer = BootActionRenderer(
            site: site, designReference: rendering.designReference, reportURL: rendering.reportURL,
            fetchPackages: rendering.fetchPackages, fetch: rendering.fetch)
        var nodes: Value.Object = [:]
        for node in site.nodes {
            var kinds: Value.Object = [:]
            for kind in [BootActionAsset.Kind.file, .unit] {
                do {
                    let members = try await renderer.members(of: kind, for: node) { _ in rendering.identity }
                    kinds[kind.rawValue] = .array(members.map(member))
                } catch {
                    kinds[kind.rawValue] = failure(error)
                }
            }
            do {
                kinds["pkg_list"] = packages(try await renderer.packages(for: node) { _ in rendering.identity })
            } catch {
                kinds["pkg_list"] = failure(error)
            }
            nodes[node.name] = .object(kinds)
        }
        return .object(nodes)
    }

    private static func member(_ member: TarMember) -> Value {
        [
            "name": .string(member.name), "mode": .string(String(member.mode, radix: 8)),
            "size": .int(member.contents.count), "sha256": .string(Hash.sha256(member.contents).hex), "uid": 0,
            "gid": 0, "uname": "", "gname": "", "mtime": 0,
        ]
    }
}

/// The addresses that rendering asked for, in their order.
private final class FetchedLocations: Sendable {
    private let locations = Mutex<[String]>([])

    var all: [String] { locations.withLock { $0 } }

    func add(_ location: String) { locations.withLock { $0.append(location) } }
}
