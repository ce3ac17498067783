import Archive
import OrderedCollections
import Primitives
import Synchronization
import Testing

@testable import SiteDesign

@Suite("Boot actions")
struct BootActionTests {
    private static let identity = BootActionIdentity(
        actionID: "01CZTB7GN1000G40R40M30E27Z", key: Secret([0xAB, 0xCD]))

    private func renderer(
        _ site: EffectiveSite, fetch: @escaping BootActionRenderer.Fetch = DesignDump.Rendering.stub
    ) -> BootActionRenderer {
        BootActionRenderer(
            site: site, designReference: "deckhand+http://host/r?x=1", reportURL: "http://boat/api/v1.0/bootaction/",
            fetch: fetch)
    }

    private func members(
        _ asset: String, of kind: BootActionAsset.Kind = .file,
        fetch: @escaping BootActionRenderer.Fetch = DesignDump.Rendering.stub
    ) async throws -> [TarMember] {
        let site = try Design.site(
            "{schema: drydock/BootAction/v1, metadata: {name: hello}, data: {assets: [\(asset)]}}")
        let node = try #require(site.node(named: "n1"))
        return try await renderer(site, fetch: fetch).members(of: kind, for: node) { _ in Self.identity }
    }

    private func text(_ asset: String) async throws -> String {
        String(decoding: try #require(try await members(asset).first).contents, as: UTF8.self)
    }

    @Test("templates see the node and the action")
    func context() async throws {
        let body = [
            "node.hostname", "node.domain", "node.network.default.ip", "node.network.oob.cidr", "node.labels.role",
            "node.interfaces.bond0.vf_count", "action.action_id", "action.action_key", "action.report_url",
            "action.design_ref | urlencode",
        ].map { "{{ \($0) }}" }.joined(separator: "|")
        #expect(
            try await text("{type: file, path: /a, data: '\(body)', data_pipeline: [utf8_decode, template]}")
                == "n1|example.com|10.2.0.11|10.0.0.0/24|worker|2|01CZTB7GN1000G40R40M30E27Z|abcd|"
                + "http://boat/api/v1.0/bootaction/|deckhand%2Bhttp%3A//host/r%3Fx%3D1")
    }

    @Test("templates do not see the labels that only the test of the hardware reads, whose values may have blanks")
    func labels() async throws {
        let site = try Design.site(
            Design.node(
                "n2",
                "metadata: {owner_data: {hardware_test: quick, memory_gib: '128', neighbour.nic2: switch-3 Ethernet7, "
                    + "rack: a}}")
                    + """

                    ---
                    schema: drydock/BootAction/v1
                    metadata: {name: hello}
                    data:
                      assets:
                        - {type: file, path: /a, data_pipeline: [utf8_decode, template],
                           data: "{% for k, v in node.labels.items() %}&{{ k }}={{ v }}{% endfor %}"}
                    """)
        let node = try #require(site.node(named: "n2"))
        let members = try await renderer(site).members(of: .file, for: node) { _ in Self.identity }
        #expect(members.map { String(decoding: $0.contents, as: UTF8.self) } == ["&role=worker&rack=a"])
    }

    @Test("credentials of the design's address are for its locations, and not for what a machine gets")
    func credentials() async throws {
        let site = try Design.site(
            """
            {schema: drydock/BootAction/v1, metadata: {name: hello}, data: {assets: [{type: file, path: /a,
              location: "{{ action.design_ref }}/a", location_pipeline: [template],
              data_pipeline: [utf8_decode, template]}]}}
            """)
        let renderer = BootActionRenderer(
            site: site, designReference: "http://u:p@h/r", reportURL: "http://boat/"
        ) { location in Array("\(location) {{ action.design_ref }}".utf8) }
        let members = try await renderer.members(of: .file, for: try #require(site.node(named: "n1"))) { _ in
            Self.identity
        }
        #expect(members.map { String(decoding: $0.contents, as: UTF8.self) } == ["http://u:p@h/r/a http://h/r"])
    }

    @Test("members have their paths verbatim, their modes, and keep duplicates")
    func archive() async throws {
        let members = try await members(
            """
            {type: file, path: /a/b, permissions: '755', data: x}, {type: unit, path: /c, data: y},
            {type: file, path: /a/b, data: z}
            """)
        #expect(
            members == [
                TarMember(name: "/a/b", mode: 0o755, contents: Array("x".utf8)),
                TarMember(name: "/a/b", mode: 0o600, contents: Array("z".utf8)),
            ])
        let archive = try BootActionRenderer.archive(members)
        #expect(try Tar.read(Gzip.decompress(archive, limit: 1 << 20), limit: 1 << 20) == members)
    }

    @Test("only assets of the wanted kind are fetched")
    func fetchesOnlyItsOwn() async throws {
        let asked = Mutex<[String]>([])
        let fetch: BootActionRenderer.Fetch = { location in
            asked.withLock { $0.append(location) }
            return Array("body".utf8)
        }
        let assets =
            "{type: file, path: /f, location: 'http://h/{{ node.hostname }}', location_pipeline: [template]}, {type: unit, path: /u, data: x}"
        #expect(try await members(assets, of: .unit, fetch: fetch).map(\.name) == ["/u"])
        #expect(asked.withLock { $0 }.isEmpty)
        #expect(try await members(assets, fetch: fetch).first?.contents == Array("body".utf8))
        #expect(asked.withLock { $0 } == ["http://h/n1"])
    }

    @Test("what a location does not give fails the archive")
    func failingFetch() async throws {
        let fetch: BootActionRenderer.Fetch = { _ in throw BoatyardError("fetch", "500") }
        let error = await #expect(throws: BootActionError.self) {
            try await members("{type: file, path: /f, location: 'http://h/'}", fetch: fetch)
        }
        #expect(error?.reason == .location)
        #expect(error?.message == "BootAction hello, file asset number 1 (/f): 500")
    }

    @Test(
        "a segment that gets the wrong kind of value says so",
        arguments: [
            "[template]", "[utf8_decode, utf8_decode]", "[utf8_encode]", "[utf8_decode, base64_encode]",
            "[base64_decode, template]",
        ])
    func wrongSegments(pipeline: String) async throws {
        await #expect(throws: BootActionError.self) {
            try await members("{type: file, path: /f, data: aGVsbG8=, data_pipeline: \(pipeline)}")
        }
    }

    @Test(
        "a path that leads elsewhere is refused", arguments: ["/etc/../root/x", "/a/..", "/a\\nb", "/a${b}", "/a\\0b"])
    func unsafePaths(path: String) async throws {
        await #expect(throws: (any Error).self) {
            let design = try Design.compile(
                "{schema: drydock/BootAction/v1, metadata: {name: hello}, data: {assets: [{type: file, path: \"\(path)\", data: x}]}}"
            )
            #expect(design.messages.contains { $0.name == "BY1006" && $0.error })
            let node = try #require(design.draft.node(named: "n1"))
            _ = try await renderer(design.draft).members(of: .file, for: node) { _ in Self.identity }
        }
    }

    @Test(
        "a template that asks for what is not there, or never ends, fails",
        arguments: [
            "{{ node.nothing.more }}", "{% for i in range(100000000) %}{{ i }}{% endfor %}", "{{ node", "{{ 1 / 0 }}",
        ])
    func badTemplates(template: String) async throws {
        await #expect(throws: BootActionError.self) {
            try await members("{type: file, path: /f, data: '\(template)', data_pipeline: [utf8_decode, template]}")
        }
    }

    @Test("packages of all boot actions come together, the later one wins")
    func packages() async throws {
        let site = try Design.site(
            """
            ---
            schema: drydock/BootAction/v1
            metadata: {name: more}
            data: {assets: [{type: pkg_list, data: {jq: 1.7-1}}, {type: pkg_list, location: 'http://h/list'}]}
            """)
        let node = try #require(site.node(named: "n1"))
        let packages = try await renderer(site) { _ in Array("{vim: null, git: 2.39-2}".utf8) }
            .packages(for: node) { _ in Self.identity }
        #expect(packages == ["curl": nil, "jq": "1.7-1", "vim": nil, "git": "2.39-2"])
        await #expect(throws: BootActionError.self) {
            try await renderer(site) { _ in Array("[vim]".utf8) }.packages(for: node) { _ in Self.identity }
        }
    }

    @Test("a boot action without an identity is not of this deployment")
    func identities() async throws {
        let site = try Design.site()
        let node = try #require(site.node(named: "n1"))
        #expect(try await renderer(site).members(of: .file, for: node) { _ in nil }.isEmpty)
    }
}
