import ArgumentParser
import ImageBuild
import Netboot
import Primitives

struct ImageBuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Make an image of Debian packages.",
        discussion: """
            On the seed host, as root. The image boots with BIOS and UEFI, from partitions, LVM and RAID. One of the same name
            is replaced.
            """)

    @Argument(help: "What to make: debian-12 or debian-13.")
    var release: String

    @Option(help: "What the design calls the image. (default: as what it is made)")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Where packages come from. (default: where this host's apt gets Debian's, else deb.debian.org)",
            valueName: "url"))
    var mirror: String?

    @Option(help: "full, or cloud, for guests of a hypervisor. (default: full, with --slim cloud)")
    var kernel: KernelChoice?

    @Flag(help: "As small as can be, for tests.")
    var slim = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try BuildOptions.check(mirror: mirror)
        guard suite != nil else {
            throw ValidationError(
                "Images are made of \(DebianSuite.allCases.map(\.imageName).joined(separator: " or ")), not of '\(release)'. "
                    + "Others are imported: boatyard image import.")
        }
        try ImageName.check(name ?? release)
    }

    private var suite: DebianSuite? { DebianSuite.allCases.first { $0.imageName == release } }

    func run() async throws {
        guard let suite else { return }
        let progress = BuildProgress()
        let answer = try await Handover.run(options) { handover in
            let recipe = ImageRecipe(suite: suite, kernel: kernel ?? (slim ? .cloud : .full), isSlim: slim)
            let builder = ImageBuilder(
                recipe: recipe, name: name ?? release, mirror: mirror, work: handover.work.path,
                output: handover.output, report: progress.report)
            _ = try await builder.run()
            progress.report("handing it over")
            return try await handover.finish("images")
        }
        options.output.show(answer) { ImageName.made($0, seconds: progress.seconds) }
    }
}

/// What commands that make images have in common.
enum ImageName {
    static func check(_ name: String) throws {
        guard ServedName.isValid(name) else {
            throw ValidationError(
                "An image's name is 1 to 64 letters, digits, '.', '_' and '-', and begins with a letter or digit.")
        }
    }

    static func made(_ answer: Value, seconds: Int64) -> String {
        let kernels = (answer["kernels"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: " or ")
        return "The image \(answer["name"]?.stringValue ?? "") is there: "
            + "\(BuildProgress.size(answer["size"]?.intValue ?? 0)), unpacked "
            + "\(BuildProgress.size(answer["unpacked_size"]?.intValue ?? 0)), \(seconds) s. "
            + "A design names its kernel \(kernels)."
            + (answer["problem"]?.stringValue.map { "\n\($0)" } ?? "")
    }
}
