import ArgumentParser
import ImageBuild
import Netboot
import Primitives

struct ImageImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make an image of one that somebody else has made.",
        discussion: """
            On the seed host, as root. Takes a root file system as a tar archive (plain, gzip, xz, zstd) or a squashfs, and cloud
            images of Debian and Ubuntu as qcow2 or raw disks, of which the root file system is taken. What in it could reach
            out of the machine's disk is refused, with its name, and so is a root that no machine could boot from.
            """)

    @Argument(help: "What the design calls the image.")
    var name: String

    @Argument(help: "A file, or an address that begins with http:// or https://.")
    var file: String

    @Option(help: "What the design may call its kernel; may be given several times. (default: generic)")
    var kernel: [String] = []

    @Flag(help: "Take an image that no machine can boot from, too.")
    var force = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try ImageName.check(name)
        for kernel in kernel where !ServedName.isValid(kernel) {
            throw ValidationError("'\(kernel)' is no name of a kernel: letters, digits, '.', '_' and '-'.")
        }
    }

    func run() async throws {
        let progress = BuildProgress()
        let answer = try await Handover.run(options) { handover in
            let importer = ImageImporter(
                name: name, kernels: kernel.isEmpty ? ["generic"] : kernel, work: handover.work.path,
                output: handover.output, report: progress.report)
            let isRemote = file.hasPrefix("http://") || file.hasPrefix("https://")
            let (image, lacks) = try await importer.run(isRemote ? importer.fetch(file) : file, source: file)
            for lack in lacks { BuildProgress.note("The image lacks \(lack).") }
            if !force, let problem = image.bootProblem {
                throw BoatyardError(
                    "image.boot", "\(problem) It was not taken; --force takes it as it is.", kind: .invalid)
            }
            progress.report("handing it over")
            return try await handover.finish("images")
        }
        options.output.show(answer) { ImageName.made($0, seconds: progress.seconds) }
    }
}
