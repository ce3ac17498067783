/// A release of Debian that installers and images are made of.
package enum DebianSuite: String, Sendable, CaseIterable {
    case bookworm
    case trixie

    /// `debian-12`
    package var imageName: String {
        switch self {
        case .bookworm: "debian-12"
        case .trixie: "debian-13"
        }
    }

    /// The day of its release in seconds since 1970. No file of what is made is newer, so that equal packages give equal
    /// bytes whenever they are put together.
    package var epoch: Int {
        switch self {
        // 2023-06-10 and 2025-08-09
        case .bookworm: 1_686_355_200
        case .trixie: 1_754_697_600
        }
    }

    /// Files with the keys that sign the suite, its updates and its security updates, as Debian's package
    /// `debian-archive-keyring` has them.
    package var keyrings: [String] {
        ["", "-security"].flatMap { part in
            (part.isEmpty ? ["stable", "automatic"] : ["automatic"]).map {
                "/usr/share/keyrings/debian-archive-\(rawValue)\(part)-\($0).gpg"
            }
        }
    }
}

/// Which kernel of the suite.
package enum KernelChoice: String, Sendable, CaseIterable {
    /// For guests of a hypervisor.
    case cloud
    /// For metal, with firmware where it is for an installer.
    case full

    /// The Debian package.
    package var package: String {
        switch self {
        case .cloud: "linux-image-cloud-amd64"
        case .full: "linux-image-amd64"
        }
    }
}
