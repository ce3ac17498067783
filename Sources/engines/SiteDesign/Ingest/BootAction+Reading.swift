import OrderedCollections
import Primitives

extension BootAction {
    init(name: String, fields: FieldReader) throws {
        self.init(name: name)
        signaling = try fields.flag("signaling") ?? true
        nodeFilter = fields["node_filter"]
        assets = try (fields["assets"].arrayValue ?? []).map { try BootActionAsset(FieldReader($0, "assets")) }
    }
}

extension BootActionAsset {
    init(_ fields: FieldReader) throws {
        let type = try fields.requiredText("type")
        guard let kind = Kind(rawValue: type) else { throw IngestError.invalid("type", type) }
        self.init(kind: kind)
        path = try fields.text("path")
        location = try fields.text("location")
        if kind == .packageList {
            switch fields["data"] {
            case .object(let packages): self.packages = try Self.packages(packages)
            case .null where location != nil: break
            default:
                throw IngestError.expected("Requires a top-level mapping/object.")
            }
        } else {
            data = try fields.text("data")
        }
        locationPipeline = try Self.pipeline(fields, "location_pipeline")
        dataPipeline = try Self.pipeline(fields, "data_pipeline")
        if let text = try fields.text("permissions") {
            guard let mode = Int(text, radix: 8), (0...0o7777).contains(mode) else {
                throw IngestError.invalid("permissions", text)
            }
            permissions = mode
        }
    }

    /// Names of packages with the texts of their versions.
    static func packages(_ members: Value.Object) throws -> PackageList {
        try members.mapValues { version in
            switch version {
            case .null: nil
            case .string(let text): text
            default: throw IngestError.unexpected("Keys and values must be strings.")
            }
        }
    }

    private static func pipeline(_ fields: FieldReader, _ key: String) throws -> [PipelineSegment]? {
        try fields.texts(key)?.map { text in
            guard let segment = PipelineSegment(rawValue: text) else { throw IngestError.invalid(key, text) }
            return segment
        }
    }
}
