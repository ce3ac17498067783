import Glibc
import Netboot
import OrderedCollections
import Primitives
import SiteDesign

/// Tasks about the site as a whole.
extension Orchestrator {
    func noop(_ run: TaskRun) async throws -> TaskResult {
        var result = TaskResult()
        result.succeed()
        let address = run.design.reveal()
        if !address.isEmpty {
            let design = try await designs.compiled(address)
            for name in try design.site.map({ try NodeFilter.names(run.task.nodeFilter, in: $0) }) ?? [] {
                result.succeed(name)
            }
        }
        return result
    }

    func validateDesign(_ run: TaskRun) async throws -> TaskResult {
        let design = try await designs.compiled(run.design.reveal())
        for message in design.messages {
            let document = message.documents.first
            try await run.appendMessage(
                message.name.isEmpty ? message.message : "\(message.name) \(message.message)",
                isError: message.error, contextType: document?.schema ?? "NA", context: document?.name ?? "NA")
        }
        var result = TaskResult()
        if design.status == .success { result.succeed() } else { result.fail() }
        return result
    }

    func verifySite(_ run: TaskRun) async throws -> TaskResult {
        try await inOrder(run, [(.validateNodeServices, validateNodeServices)])
    }

    func prepareSite(_ run: TaskRun) async throws -> TaskResult {
        let site = try await site(of: run)
        return try await inOrder(
            run,
            [
                (.createNetworkTemplate, { try await self.createNetworkTemplate($0, site) }),
                (.configureUserCredentials, { try await self.configureUserCredentials($0, site) }),
                (.configureNodeProvisioner, { try await self.configureNodeProvisioner($0, site) }),
            ])
    }

    /// Runs every step, whatever became of the one before.
    private func inOrder(_ run: TaskRun, _ steps: [(TaskAction, TaskRun.Body)]) async throws -> TaskResult {
        var children: [DrydockTask] = []
        for (action, body) in steps {
            let child = try await run.child(action.rawValue, action, .site, body)
            try await run.appendMessage("Collected subtask \(child.id)", contextType: "task", context: child.id)
            children.append(child)
        }
        var result = TaskResult()
        result.align(children, retry: 0)
        return result
    }

    /// Fails where one of the checks does: Shipyard would go on after a partial success.
    private func validateNodeServices(_ run: TaskRun) async throws -> TaskResult {
        let isInstallerThere = try await checkInstaller(run)
        let isAnswered = try await checkDHCP(run)
        var result = TaskResult()
        if isInstallerThere, isAnswered { result.succeed() } else { result.fail() }
        return result
    }

    private func checkInstaller(_ run: TaskRun) async throws -> Bool {
        var isWhole = true
        switch configuration.presentInstaller {
        case .addresses(let kernel, let ramdisk):
            let addresses = [kernel, ramdisk].map(AddressCredentials.removed).joined(separator: " and ")
            try await run.appendMessage("The installer is booted from \(addresses).")
        case .files:
            for file in NetbootFolder.InstallerFile.allCases {
                let path = configuration.netbootFolder.path(of: file)
                if access(path, R_OK) == 0 {
                    try await run.appendMessage("The installer's \(file.rawValue) is in place.")
                } else {
                    try await run.appendMessage(
                        "The installer's \(file.rawValue) is missing: build one with 'boatyard netboot build', or put it at "
                            + "\(path), or name its address in the configuration.",
                        isError: true)
                    isWhole = false
                }
            }
        }
        return isWhole
    }

    /// Machines get an address and their boot program by DHCP; those that boot from virtual media an address.
    private func checkDHCP(_ run: TaskRun) async throws -> Bool {
        guard let ask = dhcpStatus else { return true }
        let wait = TaskWait(
            event: "DHCP and TFTP to take over what is committed", since: now(),
            deadline: now().adding(seconds: DHCPService.longestSettling), then: "the site is not ready", isIdle: true)
        try await tasks.wait(run.task.id, for: wait)
        let status = await ask()
        try Task.checkCancellation()
        try await tasks.wait(run.task.id, for: nil)
        // Simulated machines ask nobody; the virtual machines of a rehearsal do.
        guard status.settings.interface != nil || configuration.rehearsal == nil else { return true }
        let finding = DHCPFinding(status)
        try await run.appendMessage(finding.message, isError: finding.isError)
        for remark in status.remarks.prefix(Self.toldRemarks) { try await run.appendMessage(remark) }
        return !finding.isError
    }

    /// All of them are in `boatyard netboot status`.
    private static let toldRemarks = 5

    /// Every network that a link allows must be there; machines get them with their installation plans.
    private func createNetworkTemplate(_ run: TaskRun, _ site: EffectiveSite) async throws -> TaskResult {
        var result = TaskResult()
        for link in site.networkLinks where link.labels["noconfig"] == nil {
            for name in link.allowedNetworks {
                if site.network(named: name) != nil {
                    result.succeed(name)
                } else {
                    try await run.appendMessage(
                        "The link \(link.name) allows the network \(name), which the design does not define.",
                        isError: true, contextType: "network_link", context: link.name)
                    result.fail(name)
                }
            }
        }
        if result.status == .incomplete { result.succeed() }
        return result
    }

    private func configureUserCredentials(_ run: TaskRun, _ site: EffectiveSite) async throws -> TaskResult {
        let count = site.region?.authorizedKeys.count ?? 0
        try await run.appendMessage("\(count) authorized keys will be installed on every node.")
        return Self.nothingToDo
    }

    private func configureNodeProvisioner(_ run: TaskRun, _ site: EffectiveSite) async throws -> TaskResult {
        let count = site.region?.repositories?.repositories.count ?? 0
        try await run.appendMessage("\(count) package repositories will be configured on every node.")
        return Self.nothingToDo
    }
}
