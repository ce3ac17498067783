import OrderedCollections
import Primitives

/// What a machine needs of an image to boot, in the words in which its description says that it lacks it (`built.lacks`).
package enum ImageNeed: String, Sendable, CaseIterable {
    case kernel = "a kernel"
    /// Made on the machine where it is not there.
    case initramfs = "an initramfs"
    case grubForBIOS = "GRUB for BIOS (grub-pc-bin)"
    case grubForUEFI = "GRUB for UEFI (grub-efi-amd64-bin)"
    case grubInstall = "grub-install (grub2-common)"
}

extension InstallableImage {
    /// Why no machine that has it can boot from its disk; nil where one can, and where nobody has looked.
    package var bootProblem: String? {
        let lacks = Set((built["lacks"]?.arrayValue ?? []).compactMap(\.stringValue))
        func isThere(_ need: ImageNeed) -> Bool { !lacks.contains(need.rawValue) }
        var missing: [ImageNeed] = [.kernel, .grubInstall].filter { !isThere($0) }
        if !isThere(.grubForBIOS), !isThere(.grubForUEFI) { missing += [.grubForBIOS, .grubForUEFI] }
        guard !missing.isEmpty else { return nil }
        return
            "No machine can boot from the image \(name): it lacks \(missing.map(\.rawValue).joined(separator: ", ")). "
            + "Import one that has that, or build one: boatyard image build."
    }
}
