import OrderedCollections
import Primitives
import YAML

/// The images that can be installed, each with its kernels (`docs/reference/drydock.md` §9, DD3001).
///
/// The operator who puts the images in their place writes it as YAML, `images: {debian-12: {kernels: [generic, rt]}}`.
package struct ImageCatalog: Sendable, Hashable {
    /// The kernels of each image, by the name of the image.
    package let images: OrderedDictionary<String, [String]>

    /// By the name of an image that is there and cannot be installed, why: sentences.
    package let problems: [String: String]

    package init(images: OrderedDictionary<String, [String]>, problems: [String: String] = [:]) {
        self.images = images
        self.problems = problems
    }

    /// The images of both; of one that both have, what the other says.
    package func merging(_ other: ImageCatalog) -> ImageCatalog {
        let all = images.merging(other.images) { $1 }
        return ImageCatalog(
            images: all, problems: problems.merging(other.problems) { $1 }.filter { all[$0.key] == nil })
    }

    /// Reads a catalog.
    ///
    /// - Parameter place: the name of the file in errors.
    /// - Throws: `BoatyardError` `design.catalogue` for a file that is no catalog.
    package init(yaml bytes: [UInt8], place: String) throws(BoatyardError) {
        let document: Value
        do {
            document = try YAML.loadOne(bytes)
        } catch {
            throw Self.unreadable(place, "\(error)")
        }
        guard case .object(let members) = document, case .object(let entries)? = members["images"] else {
            throw Self.unreadable(place, "it must be a mapping with the key 'images', a mapping of names")
        }
        if let unknown = members.keys.first(where: { $0 != "images" }) {
            throw Self.unreadable(place, "there is no key '\(unknown)'; the only one is 'images'")
        }
        var images: OrderedDictionary<String, [String]> = [:]
        for (name, entry) in entries { images[name] = try Self.kernels(of: name, entry, place) }
        self.images = images
        problems = [:]
    }

    private static func kernels(of image: String, _ entry: Value, _ place: String) throws(BoatyardError) -> [String] {
        guard case .object(let members) = entry, let list = members["kernels"]?.arrayValue, members.count == 1 else {
            throw unreadable(place, "the image '\(image)' must have the key 'kernels', a list of names, and no other")
        }
        var kernels: [String] = []
        for element in list {
            guard let kernel = element.stringValue, UnsafeText.hazard(in: kernel) == nil else {
                throw unreadable(place, "a kernel of the image '\(image)' is no name")
            }
            kernels.append(kernel)
        }
        return kernels
    }

    private static func unreadable(_ place: String, _ what: String) -> BoatyardError {
        BoatyardError("design.catalogue", "The image catalogue \(place) cannot be used: \(what).")
    }
}

/// What is known of the images when a design is validated.
package enum ImageCatalogSource: Sendable, Hashable {
    /// Nobody can say: there is no catalogue, or it is wrong for the reason given.
    case none(reason: String?)
    case catalog(ImageCatalog)

    /// There is no catalog.
    package static let absent = ImageCatalogSource.none(reason: nil)
}
