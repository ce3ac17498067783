import OrderedCollections
import Primitives

extension Region {
    init(name: String, fields: FieldReader) throws {
        self.init(name: name)
        tagDefinitions = try (fields["tag_definitions"].arrayValue ?? []).map { definition in
            let members = try FieldReader(definition, "tag_definitions")
            return TagDefinition(
                tag: try members.text("tag") ?? "", definitionType: try members.text("definition_type") ?? "",
                definition: try members.text("definition") ?? "")
        }
        authorizedKeys = try fields.texts("authorized_keys") ?? []
        if let section = try fields.optionalSection("repositories"), !section.object.isEmpty {
            repositories = try RepositoryList(section)
        }
    }
}

extension RepositoryList {
    init(_ fields: FieldReader) throws {
        self.init()
        for (name, value) in fields.object {
            if name == "remove_unlisted" {
                removeUnlisted = try fields.flag(name) ?? false
            } else {
                repositories.append(try Repository(name: name, fields: FieldReader(value, name)))
            }
        }
    }
}

extension Repository {
    private static let members: Set<String> = [
        "repo_type", "url", "distributions", "subrepos", "components", "gpgkey", "arches", "options",
    ]

    init(name: String, fields: FieldReader) throws {
        self.init(name: name)
        if let unknown = fields.object.keys.first(where: { !Self.members.contains($0) }) {
            throw IngestError.unexpected("Repository \(name) has an unknown member '\(unknown)'")
        }
        repositoryType = try fields.text("repo_type")
        url = try fields.text("url")
        distributions = try fields.texts("distributions")
        subrepositories = try fields.texts("subrepos")
        components = try fields.texts("components")
        gpgKey = try fields.text("gpgkey")
        architectures = try fields.texts("arches")
        options = try fields.labels("options")
    }
}

extension Rack {
    init(name: String, fields: FieldReader) throws {
        self.init(name: name)
        switches = try fields.section("tor_switches").object.map { name, value in
            let members = try FieldReader(value, name)
            return TopOfRackSwitch(
                name: name, managementAddress: try members.text("mgmt_ip"),
                controllerURI: try members.text("sdn_api_uri"))
        }
        location = try fields.labels("location") ?? [:]
        localNetworks = try fields.texts("local_networks") ?? []
    }
}
