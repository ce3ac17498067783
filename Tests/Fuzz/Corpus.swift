import Primitives

/// What inputs are made from: files of the repository, and the texts that its tests are written with.
enum Corpus {
    /// Longer seeds are cut: inputs must be many.
    static let seedSize = 6 << 10

    /// - Parameters:
    ///   - folder: of the repository.
    ///   - paths: folders and files in it; of Swift files the string literals are taken, of others all documents.
    static func seeds(_ folder: String, _ paths: [String]) -> [[UInt8]] {
        var seeds: Set<[UInt8]> = []
        for path in paths {
            for file in files("\(folder)/\(path)") {
                guard let bytes = try? FileContents.read(file, limit: 4 << 20) else { continue }
                let texts = file.hasSuffix(".swift") ? literals(bytes) : documents(bytes)
                for text in texts where text.count > 1 { seeds.insert(Array(text.prefix(seedSize))) }
            }
        }
        // A set has no order, and inputs are named by their numbers.
        return seeds.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func files(_ path: String) -> [String] {
        guard let names = FolderContents.names(in: path) else { return [path] }
        return names.filter { !$0.hasPrefix(".") }.flatMap { files("\(path)/\($0)") }.sorted()
    }

    private static func documents(_ bytes: [UInt8]) -> [[UInt8]] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n---\n").map { Array("---\n\($0)\n".utf8) }
    }

    /// The string literals of a Swift file, with their common escapes replaced.
    private static func literals(_ bytes: [UInt8]) -> [[UInt8]] {
        let quote = UInt8(ascii: "\"")
        var found: [[UInt8]] = []
        var position = 0
        while let start = bytes[position...].firstIndex(of: quote) {
            let isLong = bytes[start...].starts(with: [quote, quote, quote])
            var text: [UInt8] = []
            position = start + (isLong ? 3 : 1)
            while position < bytes.count {
                if isLong ? bytes[position...].starts(with: [quote, quote, quote]) : bytes[position] == quote { break }
                if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count {
                    position += 1
                    text.append(bytes[position] == UInt8(ascii: "n") ? 10 : bytes[position])
                } else {
                    text.append(bytes[position])
                }
                position += 1
            }
            position = min(bytes.count, position + (isLong ? 3 : 1))
            found.append(text)
        }
        return found
    }
}
