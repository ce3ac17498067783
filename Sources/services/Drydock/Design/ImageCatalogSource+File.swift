import Glibc
import Primitives
import SiteDesign

extension ImageCatalogSource {
    /// The catalogue of a file: none where the file is not there, none with a reason where it is wrong.
    init(contentsOf path: String) {
        guard access(path, F_OK) == 0 else {
            self = .absent
            return
        }
        do {
            self = .catalog(try ImageCatalog(yaml: FileContents.read(path, limit: 1 << 20), place: path))
        } catch {
            self = .none(reason: error.description)
        }
    }
}
