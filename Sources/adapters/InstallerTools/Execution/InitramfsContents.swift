/// What is looked for in an initramfs.
struct InitramfsContents: Sendable, Hashable {
    var hasLVM = false
    /// Kernel modules, with underscores.
    var modules: Set<String> = []

    /// Takes a member of its archive.
    mutating func add(_ path: some StringProtocol) {
        if path.hasSuffix("sbin/lvm") { hasLVM = true }
        guard let file = path.split(separator: "/").last else { return }
        for end in [".ko", ".ko.xz", ".ko.zst", ".ko.gz"] where file.hasSuffix(end) {
            modules.insert(Self.module(file.dropLast(end.count)))
        }
    }

    /// The name of a module as kernels compare it.
    static func module(_ name: some StringProtocol) -> String { String(name.map { $0 == "-" ? "_" : $0 }) }

    func has(_ wanted: InitramfsContents) -> Bool {
        (hasLVM || !wanted.hasLVM) && modules.isSuperset(of: wanted.modules)
    }
}
