import Archive
import Installation
import Primitives

/// Configures the new system: users, package sources, packages, units, initramfs.
struct SystemExecutor: Sendable {
    let target: TargetRoot
    var facts = FactsReader()
    let log: InstallerLog

    // MARK: - Users

    func add(_ user: LoginUser) async throws {
        if try account(user.name) == nil {
            let groups = try groups().filter { ["sudo", "adm", "systemd-journal"].contains($0) }
            var arguments = ["useradd", "--create-home", "--shell", "/bin/bash"]
            if !groups.isEmpty { arguments += ["--groups", groups.joined(separator: ",")] }
            try await ChildProcess.run(Command(arguments + [user.name]).inside(target.path))
        }
        guard let account = try account(user.name), account.home.hasPrefix("/"), account.home != "/" else {
            throw BoatyardError(
                "target.user",
                "The image has no user \(user.name) with a home directory after 'useradd' has made one. Look at its "
                    + "/etc/passwd, and make or import the image again.", kind: .invalid)
        }
        let folder = account.home + "/.ssh"
        try target.makeFolder(folder, mode: 0o700, owner: account.uid, group: account.gid)
        let keys = user.authorizedKeys.map { $0 + "\n" }.joined()
        try target.write(
            TargetFile(folder + "/authorized_keys", keys, mode: 0o600), owner: account.uid, group: account.gid)
    }

    private func account(_ name: String) throws -> (uid: UInt32, gid: UInt32, home: String)? {
        for line in try target.text("/etc/passwd")?.split(whereSeparator: \.isNewline) ?? [] {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 7, fields[0] == name, let uid = UInt32(fields[2]), let gid = UInt32(fields[3]) else {
                continue
            }
            return (uid, gid, String(fields[5]))
        }
        return nil
    }

    private func groups() throws -> [String] {
        try target.text("/etc/group")?.split(whereSeparator: \.isNewline).compactMap {
            $0.split(separator: ":").first.map { String($0) }
        } ?? []
    }

    // MARK: - Packages

    private static let ownSources = [
        "/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list.d/ubuntu.sources",
    ]
    private static let sourcesFolder = "/etc/apt/sources.list.d"

    func configure(_ configuration: RepositoryConfiguration) throws {
        let codename = try codename(of: configuration)
        let files = configuration.repositories.flatMap { AptSources.files(of: $0, codename: codename) }
        for file in files { try target.write(file) }
        var kept = Set(files.map(\.path))
        if !configuration.repositories.contains(where: \.isDefaultArchive) { kept.formUnion(Self.ownSources) }
        var removed: [String] = []
        for path in Self.ownSources where !kept.contains(path) {
            if try target.remove(path) { removed.append(path) }
        }
        if configuration.removesOthers {
            for name in try target.names(in: Self.sourcesFolder) {
                let path = "\(Self.sourcesFolder)/\(name)"
                guard name.hasSuffix(".list") || name.hasSuffix(".sources"), !kept.contains(path) else { continue }
                if try target.remove(path) { removed.append(path) }
            }
        }
        if !removed.isEmpty {
            log.write("package sources of the image that were removed: \(removed.joined(separator: ", "))")
        }
    }

    private func codename(of configuration: RepositoryConfiguration) throws -> String {
        let text = try target.text("/etc/os-release") ?? target.text("/usr/lib/os-release") ?? ""
        let name = Self.value("VERSION_CODENAME", in: text) ?? ""
        guard AptSources.isCodename(name) || !configuration.repositories.contains(where: \.distributions.isEmpty) else {
            throw BoatyardError(
                "target.release",
                "The image's os-release has no VERSION_CODENAME, so that package sources without 'distributions' have no "
                    + "suite. Name the distributions in the Region's repositories.", kind: .invalid)
        }
        return name
    }

    /// Of os-release(5): a value may be in quotes.
    static func value(_ name: String, in text: String) -> String? {
        VolumeExecutor.value(name, in: text).map { $0.filter { $0 != "\"" && $0 != "'" } }
    }

    func install(_ packages: [PackageRequest]) async throws {
        if try await areThere(packages) { return }
        let policy = TargetFile("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", mode: 0o755)
        let isOurs = !target.exists(policy.path)
        if isOurs { try target.write(policy) }
        defer { if isOurs { _ = try? target.remove(policy.path) } }
        // What can fail for a while is tried again; what is installed afterwards is there already.
        try await retried(["update"])
        try await retried(["install", "--download-only"] + packages.map(\.description))
        try await ChildProcess.run(apt(["install", "--no-download"] + packages.map(\.description), deadline: 3600))
    }

    private func areThere(_ packages: [PackageRequest]) async throws -> Bool {
        let query = ["dpkg-query", "--show", "--showformat=${Package} ${Version} ${db:Status-Status}\\n"]
        let outcome = try await ChildProcess(
            Command(query + packages.map(\.name)).inside(target.path)
        ).finish()
        let lines = Set(outcome.text.split(whereSeparator: \.isNewline).map { String($0) })
        return packages.allSatisfy { package in
            lines.contains { line in
                let words = line.split(separator: " ")
                return words.count == 3 && words[0] == package.name && words[2] == "installed"
                    && (package.version == nil || package.version.map { words[1] == $0 } == true)
            }
        }
    }

    private static let aptTries = 4

    private func retried(_ arguments: [String]) async throws {
        var backoff = Backoff(first: 5, longest: 60)
        for attempt in 1...Self.aptTries {
            do {
                try await ChildProcess.run(apt(arguments, deadline: 1800))
                return
            } catch let failure as CommandFailure where attempt < Self.aptTries {
                log.write("'apt-get \(arguments.first ?? "")' failed, and is tried again: \(failure)")
                try await backoff.rest()
            }
        }
    }

    private func apt(_ arguments: [String], deadline: Double) -> Command {
        // A list that cannot be fetched is an error, not a warning that ends in an old list.
        let options = [
            "--yes", "--quiet", "--option=Acquire::Retries=3", "--option=APT::Update::Error-Mode=any",
            "--option=DPkg::Lock::Timeout=60", "--option=Dpkg::Options::=--force-confdef",
            "--option=Dpkg::Options::=--force-confold",
        ]
        return Command(["apt-get"] + options + arguments, deadline: deadline).inside(target.path)
    }

    // MARK: - Units

    private static let unitFolders = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"]

    func enable(_ units: [String]) async throws {
        for unit in units {
            guard Self.unitFolders.contains(where: { target.exists("\($0)/\(Self.file(of: unit))") }) else {
                log.write("the new system has no unit \(unit)")
                continue
            }
            try await ChildProcess.run(Command("systemctl", "--root=\(target.path)", "enable", unit))
        }
    }

    /// `getty@.service` of `getty@tty1.service`.
    static func file(of unit: String) -> String {
        guard let at = unit.firstIndex(of: "@"), let dot = unit.lastIndex(of: "."), at < dot else { return unit }
        return unit[...at] + String(unit[dot...])
    }

    // MARK: - Kernels

    /// The ends of the names `vmlinuz-VERSION` in `/boot`.
    func kernels() throws -> [String] {
        try target.names(in: "/boot").filter { $0.hasPrefix("vmlinuz-") }.map { String($0.dropFirst(8)) }
    }

    private static let noDriver = "image.driver"

    /// - Throws: `BoatyardError` `image.driver` where no kernel has what the disks need.
    func prepare(_ requirements: InitramfsRequirements) async throws {
        let drivers = requirements.disks.flatMap { facts.drivers(ofDisk: $0) }
        var isUsable = false
        var problem: BoatyardError?
        for version in try kernels() {
            var wanted = InitramfsContents(hasLVM: requirements.needsLVM)
            do {
                wanted.modules = try await modules(of: version, for: drivers)
                isUsable = true
            } catch let error as BoatyardError where error.code == Self.noDriver {
                log.write("warning: \(error.message)")
                problem = error
            }
            let path = "/boot/initrd.img-\(version)"
            let isThere = target.exists(path)
            // An array keeps its name only where its UUID was known when the initramfs was made.
            if isThere, !requirements.needsArrays {
                if wanted == InitramfsContents() { continue }
                if try await contents(of: path, until: wanted).has(wanted) { continue }
            }
            log.write("the initramfs of \(version) is made anew")
            try await ChildProcess.run(
                Command("update-initramfs", isThere ? "-u" : "-c", "-k", version, deadline: 1800).inside(target.path))
        }
        if let problem, !isUsable { throw problem }
    }

    /// The modules that a kernel of the new system needs for its disks. Drivers that are part of it are none.
    ///
    /// - Throws: `BoatyardError` `image.driver` where it has none for a device.
    func modules(of version: String, for drivers: [DiskDriver]) async throws -> Set<String> {
        let folder = "/lib/modules/\(version)"
        guard !drivers.isEmpty, target.exists("\(folder)/modules.alias") else { return [] }
        var builtIn = InitramfsContents()
        for line in (try target.text("\(folder)/modules.builtin") ?? "").split(whereSeparator: \.isNewline) {
            builtIn.add(line)
        }
        var found: Set<String> = []
        for driver in drivers {
            let query = Command(
                "modprobe", "--dirname", target.path, "--set-version", version, "--resolve-alias", driver.alias)
            let outcome = try await ChildProcess(query).finish()
            let names = try Self.resolved(query, outcome)
            let own = InitramfsContents.module(driver.module)
            guard !names.isEmpty || builtIn.modules.contains(own) else {
                throw BoatyardError(
                    Self.noDriver,
                    "The kernel \(version) of the image has no driver for \(driver.device), which the disk \(driver.disk) is behind and "
                        + "for which the installer uses \(driver.module): the installed system would not find its disk. Use an image "
                        + "with another kernel: \"boatyard image build\" without --slim has one with every driver.",
                    kind: .invalid)
            }
            // Of several that would do, the one that the installer uses.
            let loadable = names.filter { !builtIn.modules.contains($0) }
            found.formUnion(loadable.contains(own) ? [own] : loadable)
        }
        return found
    }

    /// The modules that modprobe names; none where it says that there are none.
    ///
    /// - Throws: `CommandFailure` where it was ended before it could say so.
    static func resolved(_ query: Command, _ outcome: CommandOutcome) throws(CommandFailure) -> [String] {
        guard case .exited = outcome.end else { throw CommandFailure(query, outcome) }
        return outcome.text.split(whereSeparator: \.isNewline).map { InitramfsContents.module($0) }
    }

    /// What of `wanted` is in an initramfs.
    ///
    /// Most are one archive compressed by zstd, which is read here: lsinitramfs, a script that knows all the others, takes an
    /// emulated processor five seconds more.
    private func contents(of path: String, until wanted: InitramfsContents) async throws -> InitramfsContents {
        let reading = Command("zstd", "--decompress", "--stdout", "--quiet", path, deadline: 300).inside(target.path)
        let process = try ChildProcess(reading, output: .pieces)
        var archive = CpioNames()
        var contents = InitramfsContents()
        do {
            while !contents.has(wanted), let piece = try await process.read() {
                for name in try archive.take(piece) { contents.add(String(decoding: name, as: UTF8.self)) }
            }
        } catch let error as CancellationError {
            process.stop()
            throw error
        } catch {}
        process.stop()
        _ = await process.finish()
        if contents.has(wanted) { return contents }
        let listing = Command(["lsinitramfs", path], deadline: 300, outputLimit: 16 << 20).inside(target.path)
        let outcome = try await ChildProcess(listing).finish()
        guard case .exited(0) = outcome.end else { return contents }
        for name in outcome.text.split(whereSeparator: \.isNewline) { contents.add(name) }
        return contents
    }

    func configure(_ boot: BootConfiguration) throws {
        let versions = try kernels()
        guard !versions.isEmpty else {
            throw BoatyardError(
                "image.kernel",
                "The image has no kernel: there is no /boot/vmlinuz-*. Make or import it with a kernel package, or name one "
                    + "as kernel_package in the design.", kind: .invalid)
        }
        let text = boot.grub(versions: versions) { target.exists("/boot/initrd.img-\($0)") }
        try target.write(TargetFile("/boot/grub/grub.cfg", text, mode: 0o600))
    }
}
