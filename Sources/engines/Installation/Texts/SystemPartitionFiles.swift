/// Files about EFI system partitions.
extension BootLoader {
    /// `grub.cfg` in the folder where a signed GRUB looks for it; goes on with the one in `/boot/grub`.
    package var systemPartitionStub: String {
        """
        search --no-floppy --fs-uuid --set=root \(bootFileSystem)
        set prefix=($root)'\(grubFolder)'
        configfile $prefix/grub.cfg

        """
    }

    /// A program, and what has apt run it: packages renew the boot loader in the folder `vendor` of the first partition
    /// alone, not the copies in `EFI/BOOT` nor those on other disks.
    ///
    /// - Parameter vendor: of plain letters and digits.
    package func copying(vendor: String) -> [TargetFile] {
        let places = systemPartitions.map(\.mountPoint).joined(separator: " ")
        return [
            TargetFile(Self.copyingProgram, Self.copyingScript, mode: 0o755),
            TargetFile(
                "/etc/apt/apt.conf.d/90boatyard-boot-copies",
                "DPkg::Post-Invoke { \"\(Self.copyingProgram) \(vendor) \(places) || true\"; };\n"),
        ]
    }

    private static let copyingProgram = "/usr/local/sbin/boatyard-boot-copies"

    private static let copyingScript = """
        #!/bin/sh
        # Renews the copies of the boot loader. Written by Boatyard's installer.
        # usage: boatyard-boot-copies VENDOR PARTITION [OTHER PARTITION …]
        set -eu
        vendor=$1 first=$2
        shift
        loader=$first/EFI/$vendor
        [ -e "$loader/grubx64.efi" ] || exit 0
        start=grubx64.efi
        [ ! -e "$loader/shimx64.efi" ] || start=shimx64.efi

        # A file is whole under its name, wherever the power goes.
        renew() {
            cmp -s "$1" "$2" && return
            cp "$1" "$2.new"
            sync "$2.new"
            mv "$2.new" "$2"
        }

        for partition; do
            # One that is not mounted has no such folder.
            [ -d "$partition/EFI" ] || continue
            mkdir -p "$partition/EFI/$vendor" "$partition/EFI/BOOT"
            for name in grubx64.efi mmx64.efi shimx64.efi grub.cfg BOOTX64.CSV; do
                [ -e "$loader/$name" ] || continue
                [ "$partition" = "$first" ] || renew "$loader/$name" "$partition/EFI/$vendor/$name"
                case $name in grubx64.efi|mmx64.efi|grub.cfg) renew "$loader/$name" "$partition/EFI/BOOT/$name" ;; esac
            done
            renew "$loader/$start" "$partition/EFI/BOOT/BOOTX64.EFI"
            # Beside a shim it would add an entry of its own, and with a TPM reset the machine.
            rm -f "$partition/EFI/BOOT/fbx64.efi"
        done

        """
}
