// swift-tools-version:6.2
import PackageDescription

// Layers as in docs/architecture.md, one folder of Sources for each: a target imports only layers below its own. Among
// the services the order is Identity, Deckhand, Drydock, Shipyard: each is a client of those before it.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

enum Layer: String {
    case c, base, engines, adapters, services, http, programs
}

func system(_ name: String, pkgConfig: String? = nil, apt: String? = nil) -> Target {
    .systemLibrary(
        name: name, path: "Sources/c/\(name)", pkgConfig: pkgConfig, providers: apt.map { [.apt([$0])] })
}

func module(_ layer: Layer, _ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(layer.rawValue)/\(name)", swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Sources/programs/\(name)", swiftSettings: strict,
        // The static standard library exports every symbol otherwise: 9 % of the binary.
        linkerSettings: [.unsafeFlags(["-Xlinker", "--no-export-dynamic"], .when(configuration: .release))])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies, resources: resources, swiftSettings: strict)
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
        .executable(name: "boatyard", targets: ["boatyard"]),
        .executable(name: "boatyard-agent", targets: ["boatyard-agent"]),
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
        // C libraries of the system
        system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        system("CLibYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
        system("CLibcrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        system("CLibsystemd", pkgConfig: "libsystemd", apt: "libsystemd-dev"),
        system("CLinux"),
        system("CMalloc"),
        system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        // The files of the page: docs/decisions/026.
        .target(name: "CWebPage", path: "Sources/c/CWebPage"),

        // base
        module(.base, "Primitives", ["CMalloc", collections]),
        module(.base, "MessageCatalog", [logging]),
        module(.base, "YAML", ["Primitives", "CLibYAML", collections]),
        module(.base, "Cryptography", ["Primitives", "CLibcrypto"]),
        module(.base, "Archive", ["CZlib"]),
        module(.base, "PythonRegex", []),

        // engines: pure
        module(.engines, "DocumentSchemas", ["Primitives", collections]),
        module(.engines, "JSONSchema", ["Primitives", "PythonRegex", collections]),
        module(.engines, "Jinja", ["Primitives", collections]),
        module(
            .engines, "Documents",
            ["Primitives", "YAML", "PythonRegex", "JSONSchema", "DocumentSchemas", "Cryptography", collections]),
        module(
            .engines, "SiteDesign",
            [
                "Primitives", "YAML", "PythonRegex", "JSONSchema", "DocumentSchemas", "Jinja", "Cryptography",
                "Archive",
                collections,
            ]),
        module(.engines, "Installation", ["Primitives", "PythonRegex", "SiteDesign", "Cryptography", collections]),
        module(.engines, "Workflow", ["Primitives", collections]),
        module(.engines, "SiteActions", ["Primitives", "Documents", "Workflow", collections]),

        // adapters
        module(.adapters, "Processes", ["Primitives", "CLinux"]),
        module(.adapters, "Settings", ["Primitives", "YAML", "OutboundHTTP"]),
        module(.adapters, "Store", ["Primitives", "MessageCatalog", "CSQLite", logging]),
        module(.adapters, "IPMI", ["Primitives", "MessageCatalog", "Cryptography", nioCore, nioPosix, logging]),
        // Not a part of Simulator, which writes it: OutOfBand and Drydock read it, and the daemon has no simulator in it.
        module(.adapters, "RehearsalMap", ["Primitives", collections]),
        module(
            .adapters, "OutOfBand",
            [
                "Primitives", "MessageCatalog", "Archive", "Cryptography", "SiteDesign", "IPMI", "OutboundHTTP",
                "RehearsalMap",
                "Processes",
                collections,
                logging,
            ]),
        module(
            .adapters, "Netboot",
            ["Primitives", "MessageCatalog", "YAML", "Cryptography", "SiteDesign", "Processes", collections, logging]),
        // On the seed host, for the command line: makes installers and images. The daemon takes over what is made.
        module(
            .adapters, "ImageBuild",
            ["Primitives", "Archive", "Cryptography", "Netboot", "Processes", "CLinux", collections]),
        module(.adapters, "SystemSupport", ["Primitives", "MessageCatalog", "CLibsystemd", logging]),
        module(.adapters, "OutboundHTTP", ["Primitives", httpClient, nioCore, nioPosix, nioHTTP1, nioSSL]),
        module(
            .adapters, "InstallerTools",
            [
                "Primitives", "Archive", "Cryptography", "SiteDesign", "Installation", "OutboundHTTP", "Processes",
                "CLinux", collections,
            ]),
        module(
            .adapters, "Simulator",
            [
                "Primitives", "Cryptography", "Archive", "PythonRegex", "SiteDesign", "Installation", "IPMI",
                "RehearsalMap", "OutboundHTTP", "InstallerTools", collections, nioCore, nioPosix, nioHTTP1, nioSSL,
            ]),

        // services
        module(
            .services, "Identity",
            [
                "Primitives", "MessageCatalog", "YAML", "Cryptography", "SiteActions", "Store", "OutboundHTTP", logging,
                nioPosix,
            ]),
        module(.services, "Audit", ["Primitives", "MessageCatalog", "Store", logging]),
        module(
            .services, "Deckhand",
            ["Primitives", "YAML", "Cryptography", "JSONSchema", "Documents", "Store", collections]),
        module(
            .services, "Drydock",
            [
                "Primitives", "MessageCatalog", "YAML", "Cryptography", "Documents", "Deckhand", "SiteDesign",
                "Installation", "Store",
                "OutOfBand", "Netboot", "RehearsalMap", "OutboundHTTP", logging, collections,
            ]),
        module(
            .services, "Shipyard",
            [
                "Primitives", "MessageCatalog", "YAML", "JSONSchema", "Documents", "Workflow", "SiteActions",
                "Deckhand", "Drydock",
                "SiteDesign", "Store", "OutboundHTTP", logging, collections,
            ]),

        // http
        module(
            .http, "API",
            [
                "Primitives", "YAML", "Cryptography", "Archive", "Documents", "Audit", "Identity", "Deckhand",
                "Drydock",
                "Shipyard", "CWebPage",
                "SiteDesign", "SiteActions", "Netboot", "OutOfBand", collections, httpTypes,
            ]),
        module(
            .http, "Listeners",
            [
                "Primitives", "MessageCatalog", "API", "SystemSupport", logging, httpTypes, lifecycle, nioCore,
                nioPosix, nioHTTP1,
                nioSSL,
            ]),

        // programs
        module(
            .programs, "BoatyardDaemon",
            [
                "Primitives", "MessageCatalog", "Cryptography", "Settings", "Store", "Audit", "Identity", "Deckhand",
                "Drydock",
                "Shipyard", "API", "Listeners", "IPMI", "OutOfBand", "Netboot", "RehearsalMap", "SystemSupport",
                collections, logging, arguments, lifecycle, signals, nioCore, nioPosix,
            ]),
        module(.programs, "BoatyardDHCP", ["Primitives", "MessageCatalog", "Netboot", "SystemSupport", logging]),
        module(
            .programs, "BoatyardCLI",
            [
                "Primitives", "YAML", "JSONSchema", "DocumentSchemas", "Documents", "Settings", "SiteDesign",
                "Installation", "SiteActions", "CWebPage",
                "Netboot", "ImageBuild", "IPMI", "OutOfBand", "OutboundHTTP", "Processes", "BoatyardDaemon",
                "BoatyardRehearsal", collections, arguments,
            ]),
        module(
            .programs, "BoatyardRehearsal",
            [
                "Primitives", "Documents", "SiteDesign", "Simulator", "RehearsalMap", "Netboot", "Processes",
                "InstallerTools", "BoatyardDaemon", arguments, nioCore, nioPosix,
            ]),
        // One program under several names: docs/decisions/023.
        program("boatyard", ["Primitives", "BoatyardDaemon", "BoatyardDHCP", "BoatyardRehearsal", "BoatyardCLI"]),
        program("boatyard-agent", ["Primitives", "InstallerTools", arguments]),
        // What `make bench` runs; not shipped.
        program(
            "boatyard-bench",
            [
                "Primitives", "YAML", "Documents", "SiteDesign", "Workflow", "SiteActions", "Store",
                "Identity", "Deckhand", "Drydock", "Shipyard", "IPMI", "Simulator", collections, logging, nioPosix,
            ]),

        // Tests, and what they share, which is not shipped
        .target(
            name: "TestSupport",
            dependencies: [
                "Primitives", "MessageCatalog", "YAML", "CLinux", collections, logging, nioCore, nioPosix, nioHTTP1,
                nioSSL,
            ],
            path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(
            name: "DrydockFake", dependencies: ["Primitives", "SiteDesign", "Drydock", "Shipyard", collections],
            path: "Tests/DrydockFake", swiftSettings: strict),
        tests("Primitives", ["TestSupport", "Primitives", collections]),
        tests("YAML", ["TestSupport", "YAML", "Primitives", collections]),
        tests("Cryptography", ["Cryptography", "Primitives"]),
        tests("Archive", ["TestSupport", "Archive", "Primitives"]),
        tests("PythonRegex", ["PythonRegex"]),
        tests("JSONSchema", ["TestSupport", "JSONSchema", "Primitives", collections]),
        tests("Jinja", ["TestSupport", "Jinja", "Primitives", collections]),
        tests("DocumentSchemas", ["DocumentSchemas", "JSONSchema", "YAML", "Primitives"]),
        tests("Documents", ["TestSupport", "Documents", "YAML", "Primitives", "JSONSchema", collections]),
        tests("SiteDesign", ["TestSupport", "SiteDesign", "YAML", "Archive", "Primitives", "JSONSchema", collections]),
        tests("Installation", ["Installation", "SiteDesign", "YAML", "Primitives", collections]),
        tests("Workflow", ["TestSupport", "Workflow", "SiteActions", "Primitives", collections]),
        tests("SiteActions", ["TestSupport", "SiteActions", "Workflow", "Primitives", collections]),
        tests("Settings", ["TestSupport", "Settings", "YAML", "Primitives", collections]),
        tests("Store", ["TestSupport", "Store", "Primitives"]),
        tests("IPMI", ["TestSupport", "IPMI", "Simulator", "Primitives", nioCore, nioPosix]),
        tests(
            "OutOfBand",
            [
                "TestSupport", "MessageCatalog", "OutOfBand", "SiteDesign", "IPMI", "RehearsalMap", "Simulator",
                "Primitives",
                "Archive", "Processes", logging, collections, nioCore, nioPosix,
            ]),
        tests("Netboot", ["TestSupport", "Netboot", "SiteDesign", "Cryptography", "Primitives", collections]),
        tests("ImageBuild", ["TestSupport", "ImageBuild", "Archive", "Netboot", "Primitives"]),
        tests(
            "DHCP",
            [
                "TestSupport", "Netboot", "SiteDesign", "SystemSupport", "Processes", "YAML", "Primitives", "boatyard",
                collections,
            ]),
        tests("MessageCatalog", ["TestSupport", "MessageCatalog"]),
        tests("SystemSupport", ["TestSupport", "MessageCatalog", "SystemSupport", "Primitives", logging]),
        tests(
            "InstallerTools",
            [
                "TestSupport", "InstallerTools", "Installation", "SiteDesign", "OutboundHTTP", "Primitives",
                "Cryptography", "Archive", collections,
                nioCore, nioPosix,
            ]),
        tests("OutboundHTTP", ["TestSupport", "OutboundHTTP"]),
        tests(
            "Simulator",
            [
                "Simulator", "Installation", "SiteDesign", "Netboot", "Archive", "IPMI", "Primitives", nioHTTP1,
            ]),
        tests(
            "Identity",
            ["TestSupport", "Identity", "SiteActions", "Cryptography", "Store", "Primitives", collections, logging]),
        tests(
            "Deckhand",
            [
                "TestSupport", "Cryptography", "Deckhand", "Documents", "JSONSchema", "Store", "YAML", "Primitives",
                collections,
            ]),
        tests(
            "Drydock",
            [
                "TestSupport", "MessageCatalog", "Cryptography",
                "Drydock", "Deckhand", "Documents", "SiteDesign", "Store", "OutOfBand", "IPMI", "Simulator",
                "RehearsalMap", "Netboot", "Primitives", "Archive", collections, logging, nioCore, nioPosix,
            ]),
        tests(
            "Shipyard",
            [
                "Netboot",
                "OutOfBand",
                "TestSupport",
                "Shipyard", "API", "Deckhand", "Drydock", "DrydockFake", "Documents", "JSONSchema", "MessageCatalog",
                "Workflow", "SiteActions", "Store", "YAML", "Primitives", "Cryptography", "SiteDesign", collections,
                httpTypes,
                logging,
            ]),
        tests(
            "API",
            [
                "TestSupport", "Cryptography",
                "API", "Identity", "Shipyard", "Deckhand", "Drydock", "DrydockFake", "OutOfBand", "Netboot",
                "Documents", "SiteDesign", "Store", "YAML", "Primitives", collections, httpTypes, logging,
            ]),
        tests(
            "Listeners",
            [
                "TestSupport", nioHTTP1,
                "Listeners", "API", "Primitives", "SystemSupport", httpTypes, lifecycle, logging, nioCore, nioPosix,
                nioEmbedded,
            ]),
        // Runs the engine and kills itself; not shipped.
        .executableTarget(
            name: "workflow-victim",
            dependencies: [
                "Primitives", "Store", "Audit", "Identity", "Deckhand", "Drydock", "Shipyard", "SiteDesign",
                collections,
                logging,
            ], path: "Tests/WorkflowVictim", swiftSettings: strict),
        // What `make fuzz` runs; not shipped.
        .executableTarget(
            name: "boatyard-fuzz",
            dependencies: [
                "TestSupport", "Primitives", "YAML", "Archive", "PythonRegex", "JSONSchema", "Jinja", "Documents",
                "SiteDesign", "Installation", "Settings", "IPMI", "RehearsalMap", "SystemSupport", "OutboundHTTP",
                "Simulator", "OutOfBand", "InstallerTools", "Netboot", "Identity", "Drydock", "Shipyard", "API",
                "Listeners", collections, logging, httpTypes, arguments,
                nioCore, nioEmbedded, nioHTTP1,
            ], path: "Tests/Fuzz", swiftSettings: strict),
        // Whole programs, run as their users run them.
        tests(
            "System",
            [
                "TestSupport", "Documents", "OutOfBand", "IPMI", "Simulator", arguments, nioPosix,
                "YAML", "Primitives", "API", "Identity", "Listeners", "Settings", "SiteActions", "Store",
                "SystemSupport", "OutboundHTTP", "Audit", "Deckhand", "Drydock", "MessageCatalog", "Netboot",
                "Shipyard",
                logging, httpTypes,
                "Cryptography", "BoatyardDaemon", "BoatyardCLI",
                "BoatyardRehearsal", "boatyard", "boatyard-agent", "workflow-victim", collections,
            ]),
    ]
)

// `packaging/coverage` builds the lower layers alone: what the engines are made of, and their tests.
if Context.environment["BOATYARD_ENGINES_ONLY"] != nil {
    let layers = [Layer.c, .base, .engines].map { "Sources/\($0.rawValue)/" }
    let engines = ["PythonRegex", "YAML", "JSONSchema", "Jinja", "Documents", "SiteDesign", "Installation"]
    package.products = []
    package.targets = package.targets.filter { target in
        target.name == "TestSupport" || engines.contains { target.name == "\($0)Tests" }
            || layers.contains { target.path?.hasPrefix($0) == true }
    }
}
