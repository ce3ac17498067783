import Jinja
import Primitives

/// What passes through a pipeline: bytes, or text.
enum PipelineValue: Sendable, Hashable {
    case bytes([UInt8])
    case text(String)

    var bytes: [UInt8] {
        switch self {
        case .bytes(let bytes): bytes
        case .text(let text): Array(text.utf8)
        }
    }
}

/// Runs the segments of an asset's pipeline.
struct Pipeline: Sendable {
    private let templates: TemplateCache

    init(templates: TemplateCache = .shared) { self.templates = templates }

    func run(
        _ segments: [PipelineSegment], on value: PipelineValue, context: Value.Object
    ) throws -> PipelineValue {
        var value = value
        for segment in segments {
            switch (segment, value) {
            case (.base64Decode, _):
                guard let bytes = Base64.decode(value.bytes) else {
                    throw BootActionError(.pipeline, "the segment base64_decode got a text that ends too early")
                }
                value = .bytes(bytes)
            case (.base64Encode, .bytes(let bytes)): value = .bytes(Base64.encode(bytes))
            case (.utf8Decode, .bytes(let bytes)):
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw BootActionError(.pipeline, "the segment utf8_decode got bytes that are no UTF-8")
                }
                value = .text(text)
            case (.utf8Encode, .text(let text)): value = .bytes(Array(text.utf8))
            case (.template, .text(let text)):
                do {
                    value = .text(try templates.template(text).render(context))
                } catch {
                    throw BootActionError(.template, "the segment template failed: \(error.inWords)")
                }
            case (_, .bytes):
                throw BootActionError(.pipeline, "the segment \(segment.rawValue) got bytes; put utf8_decode before it")
            case (_, .text):
                throw BootActionError(.pipeline, "the segment \(segment.rawValue) got text; put utf8_encode before it")
            }
        }
        return value
    }
}
