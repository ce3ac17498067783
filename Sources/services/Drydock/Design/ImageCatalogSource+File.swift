import Glibc
import Netboot
import OrderedCollections
import Primitives
import SiteDesign

extension ImageCatalogSource {
    /// The images that there are: those whose files the daemon has, and those that an operator's catalogue names. None with
    /// a reason where that is wrong. Without any, a catalogue of no image where the installer was built here, as nothing else
    /// has images for it.
    init(_ folder: NetbootFolder) {
        let listed = ImageCatalogSource(contentsOf: folder.imageCatalog)
        let stored = folder.images.all().compactMap { $0.problem == nil ? $0.image : nil }
        switch listed {
        case .none(.some): self = listed
        case .none(nil):
            let isOwn = folder.generations.current != nil
            self = stored.isEmpty && !isOwn ? listed : .catalog(Self.catalog(of: stored))
        case .catalog(let catalog): self = .catalog(catalog.merging(Self.catalog(of: stored)))
        }
    }

    private static func catalog(of images: [InstallableImage]) -> ImageCatalog {
        var catalog = ImageCatalog(images: [:])
        for image in images { catalog = catalog.merging(ImageCatalog(images: [image.name: image.kernels])) }
        return catalog
    }

    /// The catalogue of a file: none where the file is not there, none with a reason where it is wrong.
    init(contentsOf path: String) {
        guard access(path, F_OK) == 0 else {
            self = .absent
            return
        }
        do {
            self = .catalog(
                try ImageCatalog(yaml: FileContents.read(path, limit: 1 << 20, takesOthers: false), place: path))
        } catch {
            self = .none(reason: error.description)
        }
    }
}
