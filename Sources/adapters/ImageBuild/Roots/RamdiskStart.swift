import Archive

/// The first archive of an installer's ramdisk: what Linux runs first, whatever of the second one fits into memory.
///
/// The kernel goes on with what it has unpacked where memory does not suffice. `RamdiskWriter` writes one file last; without
/// it the machine says how much memory it needs, and starts again.
package enum RamdiskStart {
    /// The last file of the second archive.
    static let lastFile = ".boatyard/complete"
    private static let shell = ".boatyard/busybox"

    /// In MiB: how much memory an installer needs.
    ///
    /// - Parameter unpacked: bytes of the second archive's files. They may take half of the memory, less what the kernel keeps.
    package static func memory(unpacked: Int) -> Int {
        let step = 256
        let needed = (unpacked >> 20) * 2 + 192
        return (needed + step - 1) / step * step
    }

    /// The archive, which the compressed one may follow.
    ///
    /// - Parameters:
    ///   - busybox: the program, without libraries.
    ///   - memory: see `memory(unpacked:)`.
    ///   - modified: the time of every member, in seconds since 1970.
    package static func archive(busybox: [UInt8], memory: Int, modified: Int) throws(ArchiveError) -> [UInt8] {
        var cpio = CpioWriter()
        var bytes = try cpio.header(
            path: Array(".boatyard".utf8), type: 0o040000, mode: 0o755, modified: modified)
        for (path, contents) in [(shell, busybox), ("init", Array(script(memory: memory).utf8))] {
            bytes += try cpio.header(
                path: Array(path.utf8), type: 0o100000, mode: 0o755, size: contents.count, modified: modified)
            bytes += contents
            bytes += [UInt8](repeating: 0, count: CpioWriter.padding(after: contents.count))
        }
        bytes += try CpioWriter.trailer()
        return bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }

    private static func script(memory: Int) -> String {
        """
        #!/\(shell) sh
        if [ -e /\(lastFile) ]; then exec /sbin/init "$@"; fi
        /\(shell) mkdir -p /proc /dev
        /\(shell) mount -t proc proc /proc
        /\(shell) mount -t devtmpfs devtmpfs /dev
        while read -r name size unit; do
            [ "$name" = MemTotal: ] && break
        done </proc/meminfo
        size=$((size / 1024))
        if [ "$size" -lt $((\(memory) * 9 / 10)) ]; then
            text="this machine has $size MiB of memory; the installer needs at least \(memory) MiB."
        else
            text="the ramdisk was not loaded whole."
        fi
        for minute in 5 4 3 2 1; do
            # With the rank that a quiet kernel shows, on every console.
            echo "<2>Boatyard: $text It starts again in $minute minutes." >/dev/kmsg
            /\(shell) sleep 60
        done
        /\(shell) reboot -f

        """
    }
}
