import Primitives

/// Files, units and packages that chosen nodes get when they are deployed.
package struct BootAction: Sendable, Hashable {
    package var name: String
    /// The nodes report how it went.
    package var signaling = true
    package var nodeFilter: Value = .null
    package var assets: [BootActionAsset] = []
    /// Names of nodes, each once, in the order of the design; set by compilation.
    package var targetNodes: [String] = []

    package init(name: String) { self.name = name }
}

package struct BootActionAsset: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case unit
        case file
        case packageList = "pkg_list"
    }

    package var kind: Kind
    package var path: String?
    package var location: String?
    package var data: String?
    /// Packages and their versions, in the order of the document; nil version: any.
    package var packages: PackageList?
    package var locationPipeline: [PipelineSegment]?
    package var dataPipeline: [PipelineSegment]?
    /// Mode bits.
    package var permissions: Int?

    package init(kind: Kind) { self.kind = kind }
}

package enum PipelineSegment: String, Sendable {
    case base64Encode = "base64_encode"
    case base64Decode = "base64_decode"
    case utf8Encode = "utf8_encode"
    case utf8Decode = "utf8_decode"
    case template
}
