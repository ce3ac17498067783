import Netboot
import OrderedCollections
import Primitives
import SiteDesign

/// What a machine boots that has started from the network.
package enum MachineBoot: Sendable, Hashable {
    /// Its disk, in the way of its firmware.
    case disk(BootMode)
    /// The installer, with a new boot token.
    case installer(InstallerBoot)

    /// For a boot program that cannot ask, and leaves it to the installer (`docs/reference/node-protocol.md` §1.12).
    package var json: Value {
        switch self {
        case .disk: ["boot": "disk"]
        case .installer(let boot):
            [
                "boot": "installer", "token": .string(boot.token), "mode": .string(boot.mode.rawValue),
            ]
        }
    }
}
