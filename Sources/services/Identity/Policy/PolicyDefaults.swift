import SiteActions

/// The rules that are built in, by the names of the services whose place the daemon takes.
enum PolicyDefaults {
    /// Rules that others refer to.
    static let base: [(name: String, rule: String)] = [
        ("admin_required", "role:admin and is_admin_project:True"), ("admin_api", "rule:admin_required"),
        ("deny_all", "!"),
        ("service_role", "role:service"), ("owner", "user_id:%(user_id)s"),
        ("token_subject", "user_id:%(target.token.user_id)s"),
        ("admin_or_owner", "rule:admin_required or rule:owner"),
        ("admin_or_token_subject", "rule:admin_required or rule:token_subject"),
        ("service_admin_or_token_subject", "rule:admin_or_token_subject or rule:service_role"),
    ]

    /// Every rule that a route or a handler asks for.
    static let guarding: [(name: String, rule: String)] =
        administrators("workflow_orchestrator", shipyard) + actions + administrators("deckhand", deckhand)
        + administrators("physical_provisioner", drydock) + administrators("identity", identityAdministration)
        + administrators("boatyard", boatyard) + identity

    private static func administrators(_ service: String, _ names: String) -> [(name: String, rule: String)] {
        names.split(whereSeparator: \.isWhitespace).map { ("\(service):\($0)", "rule:admin_required") }
    }

    /// `docs/reference/shipyard.md` §3
    private static let shipyard = """
        list_actions create_action get_action get_action_step get_action_step_logs get_action_validation
        invoke_action_control get_configdocs_status create_configdocs get_configdocs get_configdocs_cleartext
        commit_configdocs get_renderedconfigdocs get_renderedconfigdocs_cleartext list_workflows get_workflow
        get_notedetails get_site_statuses
        """

    /// Who may start which action.
    private static let actions = SiteActionKind.allCases.map { (name: $0.policy, rule: $0.definition.defaultRule) }

    /// `docs/reference/deckhand.md` §1
    private static let deckhand = """
        create_cleartext_documents create_encrypted_documents list_cleartext_documents list_encrypted_documents
        show_revision list_revisions delete_revisions show_revision_diff show_revision_deepdiff
        create_tag show_tag list_tags delete_tag delete_tags create_validation list_validations show_validation
        """

    /// `docs/reference/drydock.md` §2
    private static let drydock = """
        read_task create_task validate_design verify_site prepare_site verify_nodes prepare_nodes deploy_nodes
        destroy_nodes relabel_nodes delete_tasks read_build_data read_data ingest_data health_data validate_site_design
        """

    private static let identityAdministration = """
        list_users create_user update_user delete_user list_projects get_project create_project update_project
        delete_project list_roles get_role create_role delete_role create_grant check_grant list_grants revoke_grant
        list_role_assignments
        list_services get_service list_endpoints list_domains get_domain
        """

    /// What those services have no rule for.
    private static let boatyard = """
        rotate_master_key make_backup list_backups reload claim_node rescue_node test_node acknowledge_node
        remove_unknown_machines build_netboot use_generation remove_image read_audit show_metrics read_openapi show_netboot read_bmc control_bmc read_console type_console
        """

    /// What people may do with what is theirs.
    private static let identity: [(name: String, rule: String)] = [
        ("identity:validate_token", "rule:service_admin_or_token_subject"),
        ("identity:check_token", "rule:service_admin_or_token_subject"),
        ("identity:revoke_token", "rule:admin_or_token_subject"),
        ("identity:get_auth_catalog", "@"), ("identity:get_auth_projects", "@"), ("identity:get_auth_domains", "@"),
        ("identity:get_user", "rule:admin_or_owner"), ("identity:list_user_projects", "rule:admin_or_owner"),
        ("identity:change_password", "rule:admin_or_owner"),
    ]
}
