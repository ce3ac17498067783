import TestSupport

/// Something that reads what comes from outside. An error that it throws is an answer; only ending the process is not.
struct FuzzReader: Sendable {
    let name: String
    /// How many of all inputs it gets, relative to the others.
    let share: Int
    /// Files and folders of the repository whose texts are seeds.
    let corpus: [String]
    /// Further seeds.
    let seeds: [[UInt8]]
    let words: [String]
    /// In bytes.
    let sizeLimit: Int
    /// Of what is read, where it is a tree.
    let form: TreeMutator.Form?
    let read: @Sendable ([UInt8]) throws -> Void

    init(
        _ name: String, share: Int = 4, corpus: [String] = [], seeds: [[UInt8]] = [], words: [String] = [],
        sizeLimit: Int = 16 << 10, form: TreeMutator.Form? = nil, read: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.name = name
        self.share = share
        self.corpus = corpus
        self.seeds = seeds
        self.words = words
        self.sizeLimit = sizeLimit
        self.form = form
        self.read = read
    }

    static let all: [FuzzReader] = texts + documents + installation + wire + redfish + services + installer

    /// The inputs of this reader, from the repository in `folder`.
    func mutator(folder: String) -> Mutator {
        Mutator(seeds: seeds + Corpus.seeds(folder, corpus), words: words, sizeLimit: sizeLimit, form: form)
    }
}

/// The text of an input, as far as it is one.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Both halves of an input: what is read, and what it is applied to.
func halves(_ bytes: [UInt8]) -> (first: String, second: String) {
    let mark = bytes.firstIndex(of: 0) ?? bytes.count / 2
    return (text(Array(bytes[..<mark])), text(Array(bytes[mark...].drop { $0 == 0 })))
}
