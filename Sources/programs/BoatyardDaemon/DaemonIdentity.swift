import API
import Identity
import Logging
import Primitives
import ServiceLifecycle
import Settings
import Store

/// Who is let in, by users of our own or by a Keystone elsewhere; and to what, by the policy.
struct DaemonIdentity {
    let access: AccessControl
    let controllers: [any Controller]
    let running: [any Service]
    /// Lets users log in by the page.
    let sessions: any SessionAuthority
    /// A token of our own account at a Keystone elsewhere, another one than the one that was refused; nil where there is no
    /// account.
    let serviceToken: @Sendable (_ refused: Secret<String>?) async throws -> Secret<String>?

    init(
        settings: Settings, policy: LivePolicy, database: Database, addresses: BoundAddresses, logger: Logger
    ) throws {
        if let keystone = settings.identity.keystone {
            let external = ExternalKeystone(try KeystoneConfiguration(keystone))
            access = AccessControl(
                authorizer: policy.authorizer, authenticator: external.authenticator, watch: external.watch,
                identityURI: { _ in external.url })
            controllers = []
            running = []
            sessions = external
            serviceToken = { try await external.serviceToken(replacing: $0) }
        } else {
            let service = IdentityService(
                database: database, tokenLifetime: settings.identity.tokenLifetime * 60,
                serviceProject: settings.identity.project, logger: logger)
            let catalog = ServiceCatalog(
                apiURL: { addresses.api }, isFixed: settings.listeners.api.url != nil,
                others: Self.components(settings.components))
            access = AccessControl(
                authorizer: policy.authorizer, authenticator: service.authenticator, watch: service.watch,
                identityURI: { catalog.identityURL($0) })
            sessions = service
            controllers = [KeystoneController(service: service, catalog: catalog)]
            running = [BackgroundService { try await service.run() }]
            serviceToken = { _ in nil }
        }
    }

    private static func components(_ components: Settings.Components) -> [ServiceCatalog.Service] {
        let known = [
            ("armada", "armada", components.armada), ("promenade", "kubernetesprovisioner", components.promenade),
        ]
        return known.compactMap { name, type, address in
            address.map { ServiceCatalog.Service(name: name, type: type, address: $0) }
        }
    }
}

extension KeystoneConfiguration {
    init(_ settings: Settings.Keystone) throws {
        let bytes = try FileContents.read(settings.passwordFile, limit: 64 << 10)
        // An editor ends the last line, and nobody means that to be part of it.
        let line = bytes.prefix { $0 != 0x0a && $0 != 0x0d }
        guard !line.isEmpty else {
            throw BoatyardError(
                "identity.password",
                "\(settings.passwordFile) is empty; its first line is the password of "
                    + "identity.keystone.username")
        }
        self.init(
            url: settings.url, username: settings.username, password: Secret(String(decoding: line, as: UTF8.self)),
            project: settings.project, userDomain: settings.userDomain, projectDomain: settings.projectDomain,
            timeout: settings.timeout, cacheTime: settings.cacheTime)
    }
}
