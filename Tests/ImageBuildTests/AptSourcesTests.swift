import ImageBuild
import Primitives
import TestSupport
import Testing

@Suite("Where packages come from")
struct AptSourcesTests {
    private func entry(_ uri: String, _ suite: String, _ components: [String] = ["main"]) -> AptSources.Entry {
        .init(uri: uri, suite: suite, components: components)
    }

    @Test("both forms of apt's configuration are read")
    func forms() {
        let list = """
            # deb http://no/debian bookworm main
            deb http://mirror.example/debian bookworm main contrib # a comment
            deb-src http://mirror.example/debian bookworm main
            deb [ arch=amd64 signed-by=/a.gpg ] https://other.example/x nodistro main
            deb [arch=amd64] http://third.example/debian/ bookworm-security main
            broken
            """
        #expect(
            AptSources.entries(list: list) == [
                entry("http://mirror.example/debian", "bookworm", ["main", "contrib"]),
                entry("https://other.example/x", "nodistro"),
                entry("http://third.example/debian/", "bookworm-security"),
            ])
        let sources = """
            Types: deb deb-src
            # a comment
            URIs: http://mirror.example/debian
            Suites: bookworm
             bookworm-updates
            Components: main
            Signed-By: /a.gpg

            Types: deb
            Enabled: no
            URIs: http://off.example/debian
            Suites: bookworm
            Components: main

            Types: deb-src
            URIs: http://source.example/debian
            Suites: bookworm
            Components: main
            """
        #expect(
            AptSources.entries(sources: sources) == [
                entry("http://mirror.example/debian", "bookworm"),
                entry("http://mirror.example/debian", "bookworm-updates"),
            ])
    }

    @Test("the host's configuration is found in its files")
    func host() throws {
        try withTemporaryFolder { folder in
            #expect(AptSources.ofHost(folder) == [])
            try FileContents.makeFolder("\(folder)/sources.list.d")
            try FileContents.write(Array("deb http://a/debian trixie main".utf8), to: "\(folder)/sources.list")
            try FileContents.write(
                Array("Types: deb\nURIs: http://b/debian\nSuites: trixie\nComponents: main\n".utf8),
                to: "\(folder)/sources.list.d/b.sources")
            try FileContents.write(Array("deb http://c/debian trixie main".utf8), to: "\(folder)/sources.list.d/c.off")
            #expect(
                AptSources.ofHost(folder) == [entry("http://a/debian", "trixie"), entry("http://b/debian", "trixie")])
        }
    }

    @Test("a suite is made from the host's mirror, the operator's, or Debian's own")
    func choice() {
        func places(_ mirror: String?, _ host: [AptSources.Entry]) -> [String] {
            AptSources.entries(for: .trixie, mirror: mirror, host: host, components: ["main"]).map {
                "\($0.uri) \($0.suite)"
            }
        }
        let own = [
            entry("https://docker.example/linux/debian", "bookworm", ["stable"]), entry("http://x/apt", "bookworm"),
            entry("http://m/debian", "bookworm"), entry("http://s/debian-security", "bookworm-security"),
        ]
        #expect(
            places(nil, []) == [
                "http://deb.debian.org/debian trixie", "http://deb.debian.org/debian trixie-updates",
                "http://deb.debian.org/debian-security trixie-security",
            ])
        #expect(
            places(nil, own) == [
                "http://m/debian trixie", "http://m/debian trixie-updates", "http://s/debian-security trixie-security",
            ])
        #expect(
            places("http://o/debian", own) == [
                "http://o/debian trixie", "http://o/debian trixie-updates", "http://s/debian-security trixie-security",
            ])
        #expect(places("http://o/debian", []) == ["http://o/debian trixie", "http://o/debian trixie-updates"])
        #expect(
            AptSources.lines([entry("http://m/debian", "trixie", ["main", "x"])], keyrings: ["/a", "/b"])
                == ["deb [signed-by=/a,/b] http://m/debian trixie main x"])
    }
}
