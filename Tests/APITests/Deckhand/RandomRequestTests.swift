import HTTPTypes
import OrderedCollections
import Primitives
import TestSupport
import Testing
import YAML

@testable import API

/// Requests of damaged and random bytes, the same in every run: each is answered, none with 5xx, and a refused one
/// changes nothing.
@Suite("Deckhand's API: random requests")
struct RandomRequestTests {
    private static let stream = site(
        document("x", "\n  a: [1, 'two', {three: 3.0}]\n  b: \"\\u00fc\"\n  c: |\n    text\n    of lines"),
        document("p", "'hunter2'", schema: "deckhand/Passphrase/v1", storage: "encrypted"),
        document(
            "to", "{k: &anchor {l: 1}, m: *anchor}",
            "substitutions: [{src: {schema: deckhand/Passphrase/v1, name: p, path: .}, dest: {path: .k.l}}]"))

    private static let bytesThatMatter = Array("\0\t\n -:?[]{}&*!|>'\"%@`#,.~<=\u{7f}\u{85}\u{feff}0aA".utf8)

    private static func mutated(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            guard !bytes.isEmpty else { return bytes }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let byte =
                Bool.random(using: &random)
                ? bytesThatMatter[Int.random(in: 0..<bytesThatMatter.count, using: &random)]
                : UInt8.random(in: 0...255, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = byte
            case 1: bytes.insert(byte, at: place)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...6, using: &random)))
            case 3:
                let end = min(bytes.count, place + Int.random(in: 1...12, using: &random))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
            default: bytes.insert(contentsOf: [byte, byte], at: place)
            }
        }
        return bytes
    }

    @Test("mutated streams are taken whole or refused whole, and what is taken renders or is refused", arguments: 0..<8)
    func mutatedStreams(seed: Int) async throws {
        let client = try DeckhandClient()
        #expect(await client.put("b", document("other")).status == 200)
        #expect(await client.put("a", Self.stream).status == 200)
        var random = SplitMix(seed: UInt64(seed))
        var taken = 0
        for _ in 0..<80 {
            let body = Self.mutated(Array(Self.stream.utf8), &random)
            let before = try await client.everything()
            let answer = await client.send(.put, "/buckets/a/documents", bytes: body)
            #expect(answer.status == 200 || (400..<500).contains(answer.status), "\(body)")
            guard answer.status == 200 else {
                #expect(try await client.everything() == before, "\(body)")
                #expect(answer.message?.isEmpty == false)
                continue
            }
            taken += 1
            guard let revision = await client.get("/revisions").document["results"]?.arrayValue?.last?["id"]?.intValue
            else {
                continue
            }
            for path in ["rendered-documents", "documents?cleartext-secrets=false", "deepdiff/1"] {
                #expect(await client.get("/revisions/\(revision)/\(path)").status < 500, "\(body)")
            }
        }
        #expect(taken > 0)
        #expect(taken < 80)
    }

    @Test("random paths and patterns in substitutions and actions are carried out or refused by name", arguments: 0..<6)
    func pathsAndPatterns(seed: Int) async throws {
        let client = try DeckhandClient()
        var random = SplitMix(seed: UInt64(900 + seed))
        let pieces = [
            ".", "..", "$", "a", "b", "'q", "\"", "[", "]", "[0]", "[-1]", "[*]", "*", "[99999999999999999999]", "(",
            ")",
            "x+", "\\", "(?P<n>", "{3}", "ü", " ", "|", "^", "?", "(a*)*", "\\1",
        ]
        func text() -> Value {
            let count = Int.random(in: 0...5, using: &random)
            return .string((0..<count).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined())
        }
        for round in 0..<50 {
            var source: Value.Object = ["schema": "example/Kind/v1", "name": "from", "path": text()]
            var destination: Value.Object = ["path": text()]
            if Bool.random(using: &random) { source["pattern"] = text() }
            if Bool.random(using: &random) { source["match_group"] = .int(Int.random(in: -2...3, using: &random)) }
            if Bool.random(using: &random) { destination["pattern"] = text() }
            if Bool.random(using: &random) {
                destination["recurse"] = ["depth": .int(Int.random(in: -1...3, using: &random))]
            }
            let receiver: Value = [
                "schema": "example/Kind/v1",
                "metadata": [
                    "schema": "metadata/Document/v1", "name": "to", "storagePolicy": "cleartext",
                    "layeringDefinition": [
                        "layer": "site", "parentSelector": ["n": "f"],
                        "actions": [
                            ["method": round % 2 == 0 ? "merge" : "delete", "path": round % 3 == 0 ? text() : "."]
                        ],
                    ], "substitutions": [["src": .object(source), "dest": .object(destination)]],
                ], "data": ["a": "aaaaaaaaaaaaaaaaaaaaaaaa!", "b": [1, ["a": "x"]]],
            ]
            let from = document("from", "{a: 'aaaaaaaaaaaaaaaa!', b: [1, {a: x}]}", layer: "global", "labels: {n: f}")
            let put = await client.put("a", site(from, YAML.dump(receiver)))
            #expect(put.status == 200, "\(put.text)")
            let revision = round + 1
            let answer = await client.get("/revisions/\(revision)/rendered-documents")
            #expect(answer.status == 200 || (400..<500).contains(answer.status), "\(receiver.json())")
            if answer.status >= 400 { #expect(answer.message?.contains("to") == true, "\(answer.text)") }
            let path = text().stringValue ?? ""
            let explained = await client.get(
                "/revisions/\(revision)/rendered-documents?schema=example/Kind/v1&metadata.name=to&explain="
                    + Self.escaped(path))
            #expect(explained.status < 500)
        }
        let count = await client.get("/revisions").document["count"]
        #expect(count == 50)
    }

    @Test("random targets are answered, and change nothing")
    func targets() async throws {
        let client = try DeckhandClient()
        await client.put("a", site(document("x")))
        let before = try await client.everything()
        var random = SplitMix(seed: 77)
        let parts = [
            "revisions", "1", "0", "-1", "9223372036854775808", "documents", "rendered-documents", "tags", "diff",
            "deepdiff",
            "validations", "detail", "entries", "buckets", "%00", "%ff", "..", "", "x y", "é", "?limit=0", "?sort=.",
            "&sort=a",
            "?explain=.", "&schema=example/Kind/v1", "&metadata.name=x", "?cleartext-secrets=false",
            "?limit=-9223372036854775808",
            "?metadata.label==", "%",
        ]
        for _ in 0..<400 {
            let count = Int.random(in: 1...6, using: &random)
            let path = (0..<count).map { _ in parts[Int.random(in: 0..<parts.count, using: &random)] }
                .reduce("") { $1.hasPrefix("?") || $1.hasPrefix("&") ? $0 + $1 : $0 + "/" + $1 }
            let answer = await client.get(path)
            #expect(answer.status < 500, "\(path)")
        }
        #expect(try await client.everything() == before)
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { "%" + [$0].hex }.joined()
    }
}
