import OrderedCollections
import Primitives

/// Makes the parts of an installation plan that follow from the design alone (`docs/reference/node-protocol.md` §2).
///
/// The caller adds deployment, image, keys and the addresses for reports.
package struct InstallPlanBuilder: Sendable {
    let site: EffectiveSite
    let node: BaremetalNode
    let hardware: HardwareProfile?
    private let logicalNames: [String: String]
    private let loginUser: String

    /// - Parameters:
    ///   - logicalNames: kernel names of device aliases, from the machine's inventory; an alias without one is used
    ///     as it is.
    ///   - loginUser: gets the site's authorized keys.
    package init(
        site: EffectiveSite, node: BaremetalNode, logicalNames: [String: String] = [:], loginUser: String = "ubuntu"
    ) {
        self.site = site
        self.node = node
        self.logicalNames = logicalNames
        self.loginUser = loginUser
        hardware = site.hardwareProfile(of: node)
    }

    /// `node`, `fqdn`, `boot_mode`, `kernel_parameters`, `disks`, `raid`, `volume_groups`, `network`, `users`,
    /// `repositories`, `remove_unlisted_repositories`, `packages`.
    ///
    /// - Throws: `BoatyardError`, `design.plan`, where the design cannot be installed as it is.
    package func plan(packages: PackageList = [:]) throws -> Value.Object {
        let members: [(String, Value)] = [
            ("node", .string(node.name)),
            ("fqdn", .string(node.fqdn)),
            ("boot_mode", .string((hardware?.bootMode ?? .bios).rawValue)),
            ("kernel_parameters", .string(try kernelCommandLine())),
            ("disks", .array(try disks())),
            ("raid", .array(arrays())),
            ("volume_groups", .array(volumeGroups())),
            ("network", try network()),
            ("users", users()),
            ("repositories", .array((site.region?.repositories?.repositories ?? []).map(Self.repository))),
            ("remove_unlisted_repositories", .bool(site.region?.repositories?.removeUnlisted ?? false)),
            ("packages", .array(Self.packages(packages, kernel: node.kernelParameters[Self.kernelPackage]))),
        ]
        return Value.Object(uniqueKeysWithValues: members)
    }

    /// What Airship's profiles name the package of the kernel with; it is no parameter of the kernel itself.
    private static let kernelPackage = "kernel_package"

    private func kernelCommandLine() throws -> String {
        var parameters = node.kernelParameters
        parameters[Self.kernelPackage] = nil
        let line: String
        do { line = try KernelParameters.commandLine(parameters) } catch { throw Self.impossible("\(error)") }
        if let hazard = UnsafeText.hazard(in: line) {
            throw Self.impossible("The kernel parameters of \(node.name) have \(hazard) in them.")
        }
        return line.hasPrefix(" ") ? String(line.dropFirst()) : line
    }

    private func users() -> Value {
        let keys = (site.region?.authorizedKeys ?? []).map { key in
            String(key.reversed().drop(while: \.isWhitespace).reversed())
        }
        return [["name": .string(loginUser), "authorized_keys": Value(keys)]]
    }

    private static func repository(_ repository: Repository) -> Value {
        [
            "name": .string(repository.name), "type": Value(repository.repositoryType), "url": Value(repository.url),
            "distributions": Value(repository.distributions ?? []),
            "subrepositories": Value(repository.subrepositories ?? []),
            "components": Value(repository.components ?? []),
            "disabled_components": Value(repository.disabledComponents),
            "disabled_pockets": Value(repository.disabledPockets),
            "architectures": Value(repository.architectures ?? ["amd64"]), "key": Value(repository.gpgKey),
            "options": Value(repository.options ?? [:]),
        ]
    }

    private static func packages(_ packages: PackageList, kernel: String?) -> [Value] {
        let own: [Value] = kernel.map { [["name": .string($0), "version": nil]] } ?? []
        return own + packages.map { ["name": .string($0), "version": Value($1)] }
    }

    /// The kernel's name of a device where it is known.
    func kernelName(_ alias: String) -> String { logicalNames[alias] ?? alias }

    /// How the installer finds the device by itself.
    func selector(_ alias: String) -> Value {
        let device = hardware?.device(alias)
        return [
            "alias": .string(alias), "address": Value(device?.address), "bus_type": Value(device?.busType),
        ]
    }

    static func impossible(_ what: String) -> BoatyardError { BoatyardError("design.plan", what) }
}
