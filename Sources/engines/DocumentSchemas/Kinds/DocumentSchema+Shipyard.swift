import OrderedCollections
import Primitives

extension DocumentSchema {
    static let deploymentConfiguration = DocumentSchema(
        "shipyard/DeploymentConfiguration/v1",
        "How long the steps of an action may take, and which strategy it follows. Every site has one, with the name "
            + "`deployment-configuration`.",
        readers: "Shipyard, at each action.",
        example: """
            physical_provisioner:
              deployment_strategy: deployment-strategy
              deploy_timeout: 3600
            armada:
              manifest: full-site
            """,
        data: SchemaPart.closed([
            "physical_provisioner": SchemaPart.orNull(
                SchemaPart.closed(
                    [
                        "deployment_strategy": SchemaPart.orNull(
                            SchemaPart.text(
                                "The name of the DeploymentStrategy to follow; without it all nodes are deployed at once.",
                                example: "deployment-strategy")),
                        "deploy_timeout": seconds("How long the nodes of a group may take to be installed.", 3600),
                        "prepare_node_timeout": seconds("How long the nodes of a group may take to be prepared.", 1800),
                        "prepare_site_timeout": seconds("How long the preparation of the site may take.", 300),
                        "verify_timeout": seconds("How long the look at the site and at BMCs may take.", 60),
                        "destroy_timeout": seconds("How long machines may take to be erased.", 900),
                        "relabel_nodes_timeout": seconds("How long the labels of nodes may take.", 900),
                        "deploy_interval": unread(30), "destroy_interval": unread(30),
                        "prepare_node_interval": unread(30),
                        "prepare_site_interval": unread(10), "verify_interval": unread(10),
                        "relabel_nodes_interval": unread(30), "join_wait": unread(120),
                    ], "The steps that Drydock carries out.")),
            "armada": SchemaPart.orNull(
                SchemaPart.closed(
                    [
                        "manifest": SchemaPart.orNull(
                            SchemaPart.text("The manifest that Armada applies.", default: "full-site")),
                        "update_manifest": SchemaPart.orNull(
                            SchemaPart.text("The manifest of `update_software`.", default: "full-site")),
                        "get_releases_timeout": seconds("How long Armada may take to list its releases.", 300),
                        "post_apply_timeout": seconds("How long Armada may take to apply the manifest.", 2700),
                        "validate_design_timeout": seconds("How long Armada may take to validate the design.", 600),
                        "get_status_timeout": unread(300),
                    ], "The steps that Armada carries out, where `components.armada.url` of the daemon names one.")),
            "kubernetes": SchemaPart.orNull(
                SchemaPart.closed(
                    ["node_status_interval": unread(30), "node_status_timeout": unread(1800)],
                    "Kept for sites of Airship. Read by nothing.")),
            "kubernetes_provisioner": SchemaPart.orNull(
                SchemaPart.closed(
                    [
                        "drain_timeout": unread(3600), "drain_grace_period": unread(1800),
                        "clear_labels_timeout": unread(1800),
                        "remove_etcd_timeout": unread(1800), "etcd_ready_timeout": unread(600),
                    ], "Kept for sites of Airship. Read by nothing.")),
        ]))

    /// A time, which may be a text of digits.
    private static func seconds(_ meaning: String, _ standard: Int) -> Value {
        [
            "anyOf": [["type": "integer"], ["type": "string", "pattern": "^[0-9]+$"], ["type": "null"]],
            "description": .string(meaning + " In seconds."), "default": .int(standard),
        ]
    }

    private static func unread(_ standard: Int) -> Value { seconds("Read by nothing.", standard) }

    static let deploymentStrategy = DocumentSchema(
        "shipyard/DeploymentStrategy/v1",
        "In which groups a site is deployed, in which order, and when a group counts as failed. A site without one is deployed all at once, "
            + "and fails where one node does.",
        readers: "Shipyard, at each action that installs machines, where the DeploymentConfiguration names it.",
        example: """
            groups:
              - name: control
                critical: true
                depends_on: []
                selectors:
                  - node_tags: [control]
              - name: workers
                critical: false
                depends_on: [control]
                selectors:
                  - node_tags: [worker]
                success_criteria:
                  percent_successful_nodes: 60
            """,
        data: SchemaPart.closed(
            [
                "groups": SchemaPart.list(
                    SchemaPart.closed(
                        [
                            "name": SchemaPart.text("The name of the group.", example: "workers"),
                            "critical": SchemaPart.flag("Whether the action fails where the group does."),
                            "depends_on": SchemaPart.list(
                                SchemaPart.text(), "The groups that have to be deployed before it.",
                                example: ["control"]),
                            "selectors": SchemaPart.list(
                                SchemaPart.closed([
                                    "node_names": SchemaPart.list(SchemaPart.text(), "Names of nodes."),
                                    "node_labels": SchemaPart.list(
                                        SchemaPart.text(), "Labels of nodes (`metadata.owner_data`), as `KEY:VALUE`.",
                                        example: ["role:storage"]),
                                    "node_tags": SchemaPart.list(SchemaPart.text(), "Tags of nodes (`metadata.tags`)."),
                                    "rack_names": SchemaPart.list(
                                        SchemaPart.text(), "Racks of nodes (`metadata.rack`)."),
                                ]),
                                "Which nodes it has: those that one of the selectors chooses. A node has to meet each criterion of a "
                                    + "selector that is not empty; an empty list means all nodes."),
                            "success_criteria": SchemaPart.closed(
                                [
                                    "percent_successful_nodes": SchemaPart.number(
                                        "How many of its nodes have to succeed, in per cent.", example: 60),
                                    "minimum_successful_nodes": SchemaPart.number(
                                        "How many have to succeed.", example: 2),
                                    "maximum_failed_nodes": SchemaPart.number("How many may fail.", example: 1),
                                ], "When the group has succeeded; without them always."),
                        ], required: ["name", "critical", "depends_on", "selectors"]), "The groups.")
            ], required: ["groups"]))
}
