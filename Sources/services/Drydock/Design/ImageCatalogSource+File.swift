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
        let entries = folder.images.all()
        let stored = Self.catalog(of: entries)
        switch listed {
        case .none(.some): self = listed
        case .none(nil):
            let isOwn = folder.generations.current != nil
            self = entries.isEmpty && !isOwn ? listed : .catalog(stored)
        case .catalog(let catalog): self = .catalog(catalog.merging(stored))
        }
    }

    private static func catalog(of entries: [ImageStore.Entry]) -> ImageCatalog {
        var images: OrderedDictionary<String, [String]> = [:]
        var problems: [String: String] = [:]
        for entry in entries {
            if let problem = entry.problem {
                problems[entry.image?.name ?? entry.name] = problem
            } else if let image = entry.image {
                images[image.name] = image.kernels
            }
        }
        return ImageCatalog(images: images, problems: problems)
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
