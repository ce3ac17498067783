import OrderedCollections

extension Validator {
    /// Every node has something to do after it is deployed.
    static let bootActionScope = Validator("DD4001", "Bootaction Definition") { site, findings in
        var targets: Set<String> = []
        for action in site.bootActions { targets.formUnion(action.targetNodes) }
        for node in site.nodes where !targets.contains(node.name) {
            findings.warning(
                "Node \(node.name) is not in scope for any bootactions.",
                "It is expected all nodes have at least one post-deploy action.", node.reference)
        }
    }

    /// Package lists name packages, and versions that are versions.
    static let packageLists = Validator("DD4002", "Bootaction pkg_list Validation") { site, findings in
        for action in site.bootActions {
            let reference = DocumentReference(.bootAction, action.name)
            for asset in action.assets where asset.kind == .packageList {
                if asset.location == nil, asset.packages?.isEmpty ?? true {
                    findings.error(
                        "pkg_list bootaction assets must have a list of packages.",
                        "Define packages in the asset's data, or a location that lists them.", reference)
                }
                for case let version? in (asset.packages ?? [:]).values where !PackageVersion.isValid(version) {
                    findings.error(
                        "Version specifier \(version) is not a valid format.",
                        "pkg_list version specifications must be in a valid format.", reference)
                }
            }
        }
    }
}

/// Versions of Debian packages as Drydock accepts them: an optional epoch, then upstream and revision.
enum PackageVersion {
    static func isValid(_ version: String) -> Bool {
        guard !version.isEmpty else { return true }
        var rest = Substring(version)
        if let colon = rest.firstIndex(of: ":") {
            guard colon > rest.startIndex, rest[..<colon].utf8.allSatisfy({ (48...57).contains($0) }) else {
                return false
            }
            rest = rest[rest.index(after: colon)...]
        }
        guard let dash = rest.lastIndex(of: "-") else { return false }
        let revision = rest[rest.index(after: dash)...]
        return isWord(rest[..<dash], and: ".+~-") && isWord(revision, and: ".+~")
    }

    private static func isWord(_ text: Substring, and others: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || others.contains($0) }
    }
}
