/// How a machine's firmware starts what is on its disk.
package enum BootMode: String, Sendable, Hashable {
    case bios
    case uefi
}
