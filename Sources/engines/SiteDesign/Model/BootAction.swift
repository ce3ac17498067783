import Primitives

/// Files, units and packages that chosen nodes get when they are deployed.
package struct BootAction: Sendable, Hashable {
    /// The name of the document.
    package var name: String
    /// The nodes report how it went.
    package var signaling = true
    /// Which nodes it is for, as in Drydock's node filters; null for all.
    package var nodeFilter: Value = .null
    /// In the order of the document.
    package var assets: [BootActionAsset] = []
    /// Names of nodes, each once, in the order of the design; set by compilation.
    package var targetNodes: [String] = []

    /// A boot action that signals, for all nodes, without assets.
    package init(name: String) { self.name = name }
}

/// One file, unit or package list of a boot action.
package struct BootActionAsset: Sendable, Hashable {
    /// What the node does with it.
    package enum Kind: String, Sendable {
        case unit
        case file
        case packageList = "pkg_list"
    }

    /// What the node does with it.
    package var kind: Kind
    /// The absolute path on the node; nil for a package list.
    package var path: String?
    /// Where the contents are fetched from, a template for a URL; nil where `data` has them.
    package var location: String?
    /// The contents as the document has them; nil where they are at a location.
    package var data: String?
    /// Packages and their versions, in the order of the document; nil version: any.
    package var packages: PackageList?
    /// What `location` goes through before it is fetched; nil for nothing.
    package var locationPipeline: [PipelineSegment]?
    /// What the contents go through; nil for nothing.
    package var dataPipeline: [PipelineSegment]?
    /// Mode bits.
    package var permissions: Int?

    /// An asset of which only the kind is known.
    package init(kind: Kind) { self.kind = kind }
}

/// A conversion of an asset's bytes. Segments are applied in their order.
package enum PipelineSegment: String, Sendable {
    case base64Encode = "base64_encode"
    case base64Decode = "base64_decode"
    case utf8Encode = "utf8_encode"
    case utf8Decode = "utf8_decode"
    case template
}
