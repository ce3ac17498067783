// swift-tools-version:6.2
import PackageDescription

// Floors as in docs/architecture.md: a target imports only floors below its own. Within floor 4 the order is
// Identity, Deckhand, Drydock, Shipyard, as each service is a client of those before it.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func room(
    _ name: String, _ dependencies: [Target.Dependency], path: String? = nil, resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, path: path, resources: resources, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, swiftSettings: strict,
        // The static standard library exports every symbol otherwise: 9 % of the binary.
        linkerSettings: [.unsafeFlags(["-Xlinker", "--no-export-dynamic"], .when(configuration: .release))])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies + ["TestSupport"], resources: resources, swiftSettings: strict)
}

let collections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "boatyard",
    products: [
        .executable(name: "boatyardd", targets: ["boatyardd"]),
        .executable(name: "boatyard", targets: ["boatyard"]),
        .executable(name: "boatyard-rehearse", targets: ["boatyard-rehearse"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    ],
    targets: [
        // 0: C libraries of the system
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibsystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // 1: ground
        room("Primitives", ["CMalloc", collections]),
        room("YAML", ["Primitives", "CLibYAML", collections]),
        room("Cryptography", ["Primitives", "CLibcrypto"], path: "Sources/Crypto"),
        room("Archive", ["Primitives", "CZlib"]),
        room("PythonRegex", ["Primitives"]),

        // 2: engines, pure
        room("JSONSchema", ["Primitives", "PythonRegex", collections]),
        room("Jinja", ["Primitives", collections]),
        room("Documents", ["Primitives", "YAML", "PythonRegex", "JSONSchema", "Cryptography", collections]),
        room(
            "SiteDesign",
            [
                "Primitives", "YAML", "PythonRegex", "JSONSchema", "Jinja", "Cryptography", "Archive", collections,
            ]),
        room("Workflow", ["Primitives", collections]),

        // 3: adapters
        room("Settings", ["Primitives", "YAML", collections]),
        room("Store", ["Primitives", "CSQLite"]),
        room("IPMI", ["Primitives", "Cryptography", nioCore, nioPosix, logging]),
        room("OutOfBand", ["Primitives", "IPMI", logging]),
        room("Netboot", ["Primitives", "SiteDesign", "Cryptography", collections]),
        room("SystemSupport", ["Primitives", "CLibsystemd", logging]),
        room(
            "Rehearsal",
            [
                "Primitives", "YAML", "Cryptography", "Archive", "SiteDesign", "IPMI", "Netboot", collections, logging,
                nioCore, nioPosix, nioHTTP1, httpClient,
            ]),

        // 4: services
        room(
            "Identity",
            [
                "Primitives", "YAML", "Cryptography", "Store", logging, collections, httpClient, nioCore, nioHTTP1,
                nioPosix,
            ]),
        room("Deckhand", ["Primitives", "YAML", "Cryptography", "Documents", "Store", logging, collections]),
        room(
            "Drydock",
            [
                "Primitives", "YAML", "Cryptography", "Archive", "Documents", "Deckhand", "SiteDesign", "Store",
                "OutOfBand", "IPMI", "Netboot", logging, collections, httpClient, nioCore, nioHTTP1,
            ]),
        room(
            "Shipyard",
            [
                "Primitives", "YAML", "Cryptography", "Documents", "Workflow", "Deckhand", "Drydock", "SiteDesign",
                "Store", logging, collections, httpClient, nioCore, nioHTTP1,
            ]),

        // 5: faces
        room(
            "API",
            [
                "Primitives", "YAML", "Cryptography", "Documents", "Store", "Identity", "Deckhand", "Drydock",
                "Shipyard", "SiteDesign", "Workflow", logging, collections, httpTypes, nioCore,
            ]),
        room(
            "Listeners",
            [
                "Primitives", "API", "SystemSupport", logging, httpTypes, lifecycle, nioCore, nioPosix, nioHTTP1,
                nioSSL,
            ]),

        // 6: programs
        program(
            "boatyardd",
            [
                "Primitives", "YAML", "Cryptography", "Settings", "Store", "Identity", "Deckhand", "Drydock",
                "Shipyard", "API", "Listeners", "IPMI", "OutOfBand", "SystemSupport", logging, arguments, lifecycle,
                signals, nioCore, nioPosix,
            ]),
        program(
            "boatyard",
            [
                "Primitives", "YAML", "Documents", "SiteDesign", collections, arguments, httpClient, nioCore, nioPosix,
                nioHTTP1, nioSSL,
            ]),
        program(
            "boatyard-rehearse",
            [
                "Primitives", "YAML", "Documents", "SiteDesign", "Rehearsal", arguments, httpClient, nioCore, nioPosix,
            ]),
        // What `make bench` runs; not shipped.
        program(
            "boatyard-bench",
            [
                "Primitives", "YAML", "Archive", "Documents", "SiteDesign", "Workflow", "Store", "Identity", "Deckhand",
                "Shipyard", collections, logging,
            ]),

        // Tests, and what they share, which is not shipped
        room("TestSupport", ["Primitives", "YAML"], path: "Tests/TestSupport"),
        tests("Primitives", ["Primitives", collections]),
        tests("YAML", ["YAML", "Primitives", collections]),
        tests("Crypto", ["Cryptography", "Primitives"]),
        tests("Archive", ["Archive", "Primitives"]),
        tests("PythonRegex", ["PythonRegex", "Primitives"]),
        tests("JSONSchema", ["JSONSchema", "YAML", "Primitives", collections]),
        tests("Jinja", ["Jinja", "Primitives", "YAML", collections]),
        tests("Documents", ["Documents", "YAML", "Primitives", collections]),
        tests("SiteDesign", ["SiteDesign", "YAML", "Archive", "Cryptography", "Primitives", collections]),
        tests("Workflow", ["Workflow", "YAML", "Primitives", collections]),
        tests("Settings", ["Settings", "Primitives"]),
        tests("Store", ["Store", "Primitives"]),
        tests("IPMI", ["IPMI", "Cryptography", "Primitives", nioCore, nioPosix]),
        tests("OutOfBand", ["OutOfBand", "IPMI", "Primitives", logging, nioPosix]),
        tests("Netboot", ["Netboot", "SiteDesign", "Primitives"]),
        tests("SystemSupport", ["SystemSupport", "Primitives", logging]),
        tests(
            "Rehearsal", ["Rehearsal", "Archive", collections, "IPMI", "SiteDesign", "YAML", "Primitives", "Netboot"]),
        tests(
            "Identity",
            ["Identity", "Cryptography", "Store", "Primitives", collections, logging, nioCore, nioPosix, nioHTTP1]),
        tests("Deckhand", ["Deckhand", "Documents", "Store", "YAML", "Primitives", collections]),
        tests(
            "Drydock",
            [
                "Drydock", "Deckhand", "SiteDesign", "Store", "OutOfBand", "IPMI", "Netboot", "YAML", "Primitives",
                "Archive", collections, httpClient, logging, nioCore, nioPosix,
            ]),
        tests(
            "Shipyard",
            [
                "Shipyard", "Deckhand", "Drydock", "Documents", "JSONSchema", "Workflow", "Store", "YAML", "Primitives",
                collections,
            ]),
        tests(
            "API",
            [
                "API", "Identity", "Shipyard", "Deckhand", "Drydock", "Store", "YAML", "Primitives", collections,
                httpTypes, logging, nioCore,
            ]),
        tests(
            "Listeners",
            [
                "Listeners", "API", "Primitives", "SystemSupport", httpTypes, lifecycle, logging, nioCore, nioPosix,
                nioEmbedded,
            ]),
        // Runs the engine and kills itself; not shipped.
        .executableTarget(
            name: "workflow-victim",
            dependencies: [
                "Primitives", "Store", "Identity", "Deckhand", "Drydock", "Shipyard", collections, logging,
            ], path: "Tests/WorkflowVictim", swiftSettings: strict),
        // Whole programs, run as their users run them.
        tests(
            "System",
            [
                "YAML", "Primitives", "API", "Identity", "Listeners", "Settings", "Store", "SystemSupport", logging,
                httpTypes,
                "Cryptography", "Archive", "boatyardd", "boatyard", "boatyard-rehearse",
                "workflow-victim", collections,
            ]),
    ]
)
