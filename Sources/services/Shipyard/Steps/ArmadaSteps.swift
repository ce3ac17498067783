import OrderedCollections
import Primitives
import SiteActions

/// The steps that Armada does (`docs/reference/shipyard.md` §8.3); skipped where no Armada is configured.
enum ArmadaSteps {
    static func apply(_ context: StepContext) async throws -> StepOutcome {
        guard let armada = context.armada else {
            return .skipped(ValidationSteps.notConfigured("Armada"))
        }
        let setting = context.action.kind?.definition.manifest ?? .site
        let manifest = context.configuration.value[setting.rawValue]?.stringValue ?? "full-site"
        let design = try context.designReference()
        let timeout = context.configuration.seconds("armada.post_apply_timeout")
        let message = try await context.waiting(for: "Armada to apply the manifest \(manifest)", atMost: timeout) {
            try await armada.apply(design: design, manifest: manifest, timeout: timeout)
        }
        context.log.write(message.json(.spaced))
        return .success(message)
    }

    static func getReleases(_ context: StepContext) async throws -> StepOutcome {
        guard let armada = context.armada else {
            return .skipped(ValidationSteps.notConfigured("Armada"))
        }
        let timeout = context.configuration.seconds("armada.get_releases_timeout")
        let releases = try await context.waiting(for: "Armada's list of releases", atMost: timeout) {
            try await armada.releases(timeout: timeout)
        }
        guard !releases.isEmpty else { throw StepError("Failed to retrieve Helm charts releases!") }
        for (namespace, names) in releases { context.log.write("\(namespace): \(names.joined(separator: ", "))") }
        return .success()
    }

    /// The release that the parameter `release` names, or all, until the first that fails.
    static func testReleases(_ context: StepContext) async throws -> StepOutcome {
        guard let armada = context.armada else {
            return .skipped(ValidationSteps.notConfigured("Armada"))
        }
        var names: [String] = []
        if let release = context.action.arguments.release {
            names = [release]
        } else {
            let timeout = context.configuration.seconds("armada.get_releases_timeout")
            names = try await armada.releases(timeout: timeout).flatMap(\.releases)
        }
        for name in names {
            let isGood = try await context.waiting(for: "Armada to test the release \(name)", atMost: 300) {
                try await armada.test(release: name)
            }
            guard isGood else {
                throw StepError("Failed to execute Helms test for release '\(name)'!")
            }
            context.log.write("The tests of \(name) passed")
        }
        return .success()
    }
}
