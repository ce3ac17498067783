import Archive
import Netboot
import OrderedCollections
import Primitives

/// Makes an image of Debian packages.
package struct ImageBuilder {
    package var recipe: ImageRecipe
    /// As designs name it.
    package var name: String
    package var mirror: String?
    /// A folder for temporary files, and the one that is handed over.
    package var work: String
    package var output: String
    package var report: (String) -> Void

    package init(
        recipe: ImageRecipe, name: String, mirror: String?, work: String, output: String,
        report: @escaping (String) -> Void
    ) {
        self.recipe = recipe
        self.name = name
        self.mirror = mirror
        self.work = work
        self.output = output
        self.report = report
    }

    /// Makes it, and its description beside it.
    ///
    /// - Throws: `BoatyardError` with what has failed and a remedy.
    package func run() async throws -> InstallableImage {
        let maker = RootMaker(recipe: recipe.root, mirror: mirror, work: work, report: report)
        let files = try maker.stage(recipe.files)
        let file = try CompressedFile("\(output)/root.tar.zst")
        var stream = TarStream()
        var check = RootCheck()
        let packages = try maker.run(files: files, firstCommands: []) { piece in
            try stream.feed(piece) { event in
                if case .entry(let entry) = event { try check.take(entry) }
            }
            try file.write(piece)
        }
        try stream.finish()
        try file.finish()
        try check.requireRoot()
        guard check.lacks.isEmpty, let kernel = check.kernels.first else {
            throw BoatyardError(
                "image.contents", "The image lacks \(check.lacks.joined(separator: ", ")).")
        }
        return try await Self.describe(
            file: "root.tar.zst", format: .zstd, check: check, name: name, kernels: recipe.kernelNames, output: output,
            built: [
                "by": .string("boatyard \(boatyardVersion)"), "at": .string(Timestamp.now().formatted(.iso)),
                "suite": .string(recipe.suite.rawValue), "kernel": .string(kernel), "slim": .bool(recipe.isSlim),
                "sources": Value(maker.sources.map { "\($0.uri) \($0.suite)" }), "packages": Value(packages),
            ])
    }

    /// Writes the description of an image whose file is there.
    static func describe(
        file: String, format: InstallableImage.Format, check: RootCheck, name: String, kernels: [String],
        output: String, built: Value.Object
    ) async throws -> InstallableImage {
        let digest = try await FileDigest(of: "\(output)/\(file)")
        let image = InstallableImage(
            name: name, kernels: kernels, architecture: "amd64", format: format, file: file, sha256: digest.sha256,
            size: digest.size, unpackedSize: check.unpackedSize, built: built)
        try FileContents.write(image.yaml, to: "\(output)/\(InstallableImage.descriptionFile)", mode: 0o644)
        return image
    }
}
