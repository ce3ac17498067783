import Documents
import Primitives

/// All rendered documents of one revision, secrets in clear; shared by whoever asks for it, never changed.
package final class RenderedRevision: Sendable {
    package let revision: Int
    /// Concrete documents in the order of rendering, without ValidationPolicies.
    package let documents: [RenderedDocument]

    init(revision: Int, documents: [RenderedDocument]) {
        self.revision = revision
        self.documents = documents
    }
}
