import Foundation
import OrderedCollections
import Primitives
import SiteActions
import TestSupport
import Testing

@testable import Identity

@Suite("Policy")
struct PolicyTests {
    private func permits(
        _ rule: String, roles: Set<String> = [], user: String? = nil, project: String? = nil,
        target: [String: String] = [:]
    ) throws -> Bool {
        let engine = PolicyEngine(overriding: ["asked": try PolicyParser.parse(rule)])
        return engine.permits(
            "asked",
            PolicySubject(roles: roles, userName: "a", userID: user, projectID: project, isOfServiceProject: true),
            target: target)
    }

    @Test(
        "the verdicts of the reference, with its built-in rules and those of its chart",
        .enabled(if: Conformance.has("shipyard/misc/policy.json")))
    func conformance() throws {
        let value = try Conformance.json("shipyard/misc/policy.json")
        let cases: [Value] = try #require(value["cases"]?.arrayValue)
        let names = try #require(cases.first?["policies"]?.arrayValue).compactMap { $0["name"]?.stringValue }
        #expect(Set(names).isSubset(of: PolicyEngine.names))
        let chart: Value.Object = try #require(cases.first?["chart"]?.objectValue)
        let lines = chart.map { "\"\($0.key)\": \"\($0.value.stringValue ?? "")\"\n" }
        let engines = [
            "default": PolicyEngine.builtIn,
            "chart": try PolicyEngine(file: "chart.yaml", bytes: Array(lines.joined().utf8)),
        ]
        var count = 0
        for table in cases.dropFirst() {
            let engine = try #require(engines[table["policy_set"]?.stringValue ?? ""])
            let roles = (table["roles"]?.arrayValue ?? []).compactMap { $0.stringValue?.lowercased() }
            let verdicts: Value.Object = try #require(table["expect"]?.objectValue)
            for (rule, expected) in verdicts {
                let verdict = engine.permits(
                    rule, PolicySubject(roles: Set(roles), userName: "a", isOfServiceProject: true))
                #expect(verdict == expected.boolValue, "\(rule) for \(roles)")
                count += 1
            }
        }
        #expect(count == 192)
    }

    @Test(
        "the language of rules",
        arguments: [
            ("", true), ("@", true), ("!", false), ("not !", true), ("role:admin", true), ("role:ADMIN", true),
            ("role:reader", false), ("role:anyone", true), ("rule:admin_required", true), ("rule:deny_all", false),
            ("role:reader or role:admin", true), ("role:reader and role:admin", false),
            ("role:admin or role:reader and role:reader", true), ("(role:admin or role:reader) and role:reader", false),
            ("not role:reader and role:admin", true), ("not (role:reader or role:admin)", false),
            ("NOT role:reader AND role:admin", true), ("((role:admin))", true),
            ("user_id:%(user_id)s", true), ("project_id:%(project)s", false), ("user_id:%(missing)s", false),
            ("user_id:u1", true), ("'u1':%(user_id)s", true), ("\"x\":%(user_id)s", false),
            ("True:%(enabled)s", true), ("None:%(user_id)s", false), ("7:%(count)s", true),
            ("role:%(wanted)s", true), ("is_admin:1", false), ("is_admin:True", false), ("user_id:100%%", false),
        ])
    func language(rule: String, expected: Bool) throws {
        let verdict = try permits(
            rule, roles: ["admin"], user: "u1",
            target: ["user_id": "u1", "project": "p1", "enabled": "True", "count": "7", "wanted": "Admin"])
        #expect(verdict == expected)
    }

    @Test("a check of an attribute that the caller lacks fails, as does one of a rule that does not exist")
    func missing() throws {
        #expect(try !permits("project_id:%(project)s", target: ["project": ""]))
        let root = PolicySubject(roles: ["admin"], userName: "root", isOfServiceProject: true)
        #expect(!PolicyEngine.builtIn.permits("nobody:wrote_this", root))
    }

    @Test(
        "what cannot be read is refused",
        arguments: [
            "role", "role:", ":admin", "role:a role:b", "role:a or", "and role:a", "(role:a", "role:a)", "()", "not",
            "http://host/check", "roles:a", "user_id:%(a", "user_id:100%", "'a:b", "or",
        ])
    func unreadable(rule: String) {
        #expect(throws: PolicyParser.Failure.self) { try PolicyParser.parse(rule) }
    }

    @Test("a role on another project is no role here, unless a rule of the site says so")
    func projects() throws {
        let here = PolicySubject(
            roles: ["admin"], userName: "a", userID: "u", projectID: "p1", isOfServiceProject: true)
        let nobody = PolicySubject(roles: [], userName: "b", isOfServiceProject: true)
        let elsewhere = PolicySubject(
            roles: ["admin"], userName: "a", userID: "u", projectID: "p2", isOfServiceProject: false)
        for rule in PolicyEngine.names where PolicyEngine.builtIn.permits(rule, here) {
            let isForAll = PolicyEngine.builtIn.permits(rule, nobody)
            #expect(PolicyEngine.builtIn.permits(rule, elsewhere) == isForAll, "\(rule)")
        }
        let site = PolicyEngine(overriding: [
            "admin_required": try PolicyParser.parse("role:admin and (is_admin_project:True or project_id:p2)"),
            "asked": try PolicyParser.parse("project_id:p2"),
        ])
        #expect(site.permits("workflow_orchestrator:list_actions", elsewhere))
        #expect(site.permits("asked", elsewhere) && !site.permits("asked", here))
    }

    @Test("a rule nested without end is refused, not followed")
    func depth() {
        let nested = String(repeating: "(", count: 5000) + "role:a" + String(repeating: ")", count: 5000)
        #expect(throws: PolicyParser.Failure.self) { try PolicyParser.parse(nested) }
        let negated = String(repeating: "not ", count: 5000) + "role:a"
        #expect(throws: PolicyParser.Failure.self) { try PolicyParser.parse(negated) }
    }

    @Test("every built-in rule can be read, and leads to no rule that is missing")
    func builtIn() throws {
        for (name, rule) in PolicyDefaults.base + PolicyDefaults.guarding {
            let check = try PolicyParser.parse(rule)
            for reference in check.references { #expect(PolicyEngine.defaults[reference] != nil, "\(name)") }
        }
        #expect(Set(PolicyEngine.names).count == PolicyEngine.names.count)
    }

    @Test("every action has a rule of its own, which administrators satisfy", arguments: SiteActionKind.allCases)
    func actions(kind: SiteActionKind) {
        #expect(PolicyEngine.names.contains(kind.policy))
        for (role, isPermitted) in [("admin", true), ("reader", false)] {
            let subject = PolicySubject(roles: [role], userName: "a", isOfServiceProject: true)
            #expect(PolicyEngine.builtIn.permits(kind.policy, subject) == isPermitted)
        }
    }

    private func outcome(_ text: String) -> String {
        do {
            _ = try PolicyEngine(file: "policy.yaml", bytes: Array(text.utf8))
            return "taken"
        } catch { return "\(error)" }
    }

    @Test("a file that is wrong is refused with line and remedy")
    func files() {
        #expect(outcome("") == "taken")
        #expect(outcome("# nothing\n") == "taken")
        #expect(
            outcome("viewer: role:viewer\n\"workflow_orchestrator:list_actions\": rule:viewer or role:admin\n")
                == "taken")
        #expect(
            outcome("a: role:x\n\"workflow_orchestrator:list_action\": \"role:x\"\n").contains(
                "policy.yaml:2: no route asks for the rule 'workflow_orchestrator:list_action'; did you mean "
                    + "'workflow_orchestrator:list_actions'?"))
        #expect(outcome("\"drydock:x\": role:x").contains("policy.yaml:1: no route asks for the rule 'drydock:x'"))
        #expect(
            outcome("a: rule:admin_requird").contains(
                "policy.yaml:1: rule 'a' refers to rule 'admin_requird', which does not exist; did you mean "
                    + "'admin_required'?"))
        #expect(outcome("a: rule:b\nb: not rule:a\n").contains("refers to itself, through 'b'; break the circle"))
        #expect(outcome("admin_required: rule:admin_api\n").contains("break the circle"))
        #expect(outcome("a: role:x\na: role:y\n").contains("policy.yaml:2: rule 'a' is written twice, first on line 1"))
        #expect(outcome("a: [role:x]\n").contains("policy.yaml:1: rule 'a' is no text; quote it"))
        #expect(outcome("- a\n").contains("policy.yaml: rules were expected"))
        #expect(outcome("a: 'x\n").contains("policy.yaml:"))
        #expect(
            outcome("a: role:x and\n").contains("policy.yaml:1: rule 'a': the rule ends where a check was expected"))
        #expect(outcome("a: rool:x\n").contains("did you mean 'role'?"))
        #expect(outcome((0..<600).map { "r\($0): role:x\n" }.joined()).contains("500 are the most"))
    }

    @Test("rules that lead through each other too deeply, or too often, are refused")
    func costs() {
        let ladder = (0..<400).map { "r\($0): \"\(String(repeating: "not ", count: 90))rule:r\($0 + 1)\"\n" }
        #expect(outcome(ladder.joined() + "r400: role:x\n").contains("500 are the most"))
        let doubling = (0..<60).map { "r\($0): rule:r\($0 + 1) or rule:r\($0 + 1)\n" }
        #expect(outcome(doubling.joined() + "r60: role:x\n").contains("10000 and 500 are the most"))
        let chain = (0..<400).map { "r\($0): rule:r\($0 + 1)\n" }
        #expect(outcome(chain.joined() + "r400: role:x\n") == "taken")
    }

    @Test("a missing file means the built-in rules, unless it was named")
    func missingFile() throws {
        _ = try PolicyEngine.load(file: "/nonexistent/policy.yaml", isRequired: false)
        #expect(throws: BoatyardError.self) {
            try PolicyEngine.load(file: "/nonexistent/policy.yaml", isRequired: true)
        }
    }
}
