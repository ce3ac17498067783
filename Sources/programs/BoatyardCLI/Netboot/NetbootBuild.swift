import ArgumentParser
import Glibc
import ImageBuild
import Primitives

struct NetbootBuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Make an installer of Debian packages, and let machines boot it.",
        discussion: """
            On the seed host, as root. Kernel, ramdisk and boot programs (iPXE, signed shim and GRUB) are of one suite, whose
            signatures are checked with Debian's keys on this host. Machines that are booting get the files of the installer
            that they began with; two installers are kept.
            """)

    @Option(help: "Debian's suite: \(DebianSuite.allCases.map(\.rawValue).joined(separator: " or ")).")
    var suite: DebianSuite = .trixie

    @Option(
        help: ArgumentHelp(
            "Where packages come from. (default: where this host's apt gets Debian's, else deb.debian.org)",
            valueName: "url"))
    var mirror: String?

    @Option(help: "full, with firmware for metal, or cloud, for guests of a hypervisor.")
    var kernel: KernelChoice = .full

    @Flag(help: "Leave out what only metal needs.")
    var small = false

    @Option(
        help: ArgumentHelp("The agent that installs. (default: what came with this program)", valueName: "path"))
    var agent: String?

    @Option(
        help: ArgumentHelp(
            "A folder that is copied over the installer's root. (default: what came with this program)",
            valueName: "folder"))
    var files: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws { try BuildOptions.check(mirror: mirror) }

    func run() async throws {
        let progress = BuildProgress()
        let answer = try await Handover.run(options) { handover in
            let builder = InstallerBuilder(
                recipe: InstallerRecipe(suite: suite, kernel: kernel, isSmall: small), mirror: mirror,
                agent: try await agent(handover.work.path),
                files: files
                    ?? BuildOptions.place(
                        of: "../../../packaging/installer/root", installed: "/usr/share/boatyard/installer"),
                work: handover.work.path, output: handover.output, report: progress.report)
            _ = try await builder.run()
            progress.report("handing it over")
            return try await handover.finish("netboot/generations")
        }
        options.output.show(answer) { answer in
            let id = answer["id"]?.stringValue ?? ""
            let ramdisk = answer["files"]?["initrd"]?["size"]?.intValue ?? 0
            let what = answer["is_new"]?.boolValue == false ? "is as it was" : "is made"
            return "The installer \(id) \(what): Linux \(answer["kernel"]?.stringValue ?? ""), ramdisk of "
                + "\(BuildProgress.size(ramdisk)), \(progress.seconds) s. Machines boot it from now on"
                + (answer["built"]?["memory_mib"]?.intValue.map { "; they need \($0) MiB of memory." } ?? ".")
        }
    }
}

extension NetbootBuild {
    /// The agent that was named, the one of the package, which is unpacked into `folder`, or the one beside a program that was just
    /// built.
    private func agent(_ folder: String) async throws -> String {
        if let agent { return agent }
        let packed = PackedAgent()
        if packed.isThere { return try await packed.unpack(into: folder) }
        return BuildOptions.place(of: "boatyard-agent", installed: "/usr/lib/boatyard")
    }
}

/// What building commands have in common.
enum BuildOptions {
    static func check(mirror: String?) throws {
        guard let mirror else { return }
        let isAddress = mirror.hasPrefix("http://") || mirror.hasPrefix("https://") || mirror.hasPrefix("file:///")
        guard isAddress, !mirror.contains(where: { $0.isWhitespace || "\"'\\$`[]".contains($0) }) else {
            throw ValidationError("--mirror is an address such as http://deb.debian.org/debian.")
        }
    }

    /// Where something that came with this program is: in its place in the package, or beside a program that was just built.
    static func place(of name: String, installed folder: String) -> String {
        let installed = "\(folder)/\(name.split(separator: "/").last ?? "")"
        if access(installed, F_OK) == 0 { return installed }
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count)
        guard count > 0, count < path.count else { return installed }
        let program = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let beside = program.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        // `.build/ARCHITECTURE/release/boatyard`
        for place in ["\(beside)/\(name)", "\(beside)/../\(name)"] where access(place, F_OK) == 0 { return place }
        return installed
    }
}

extension DebianSuite: ExpressibleByArgument {}
extension KernelChoice: ExpressibleByArgument {}
