import Drydock
import Identity
import Logging
import Primitives
import Settings
import Shipyard
import SystemSupport
import TestSupport

extension FuzzReader {
    /// What the daemon reads of its host and of its machines, and what it writes of them.
    static let services: [FuzzReader] = [
        FuzzReader(
            "settings", corpus: ["etc/boatyard.yaml", "Tests/SettingsTests"],
            words: [
                "listeners:\n", "  api:\n", "address: ", "127.0.0.1:99999", "timeouts:\n", "seconds: ", "30d", "1e400h",
                "-5s",
                "retention:\n", "log:\n", "level: debug", "url: http://", "[", "]", "{", "}",
            ], form: .yaml
        ) { bytes in
            // The file of the package has every setting commented out.
            let file = text(bytes).split(separator: "\n", omittingEmptySubsequences: false)
            let plain = file.map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }
            _ = try Settings(
                file: "f", bytes: Array(plain.joined(separator: "\n").utf8), environment: ["BOATYARD_LOG_LEVEL": "info"]
            )
        },
        FuzzReader(
            "policy", corpus: ["Tests/IdentityTests/PolicyTests.swift"],
            seeds: [
                Array(
                    "\"drydock:a\": \"role:admin and (project_id:%(p)s or not user_id:x)\"\n\"b\": \"rule:drydock:a\"\n"
                        .utf8)
            ],
            words: [
                "(", ")", "not ", " and ", " or ", "role:", "rule:", "%(a)s", "%", "@", "!", "'", "\"", "[[\"", "\"]]",
            ], form: .yaml
        ) { bytes in
            let policy = try PolicyEngine(file: "f", bytes: bytes)
            _ = policy.permits(
                "b",
                PolicySubject(
                    roles: ["admin"], userName: "u", userID: "u", projectID: "p", isOfServiceProject: true),
                target: ["p": "p"])
        },
        FuzzReader(
            "agent",
            seeds: [
                Array(
                    #"{"mac": "52:54:00:00:00:01", "bmc_address": "10.0.0.1", "cpu_count": 4, "memory_mib": 1024, "vendor": "V", "serial": "S", "firmware": "uefi", "interfaces": [{"name": "eno1", "mac": "52:54:00:00:00:01", "address": "0000:01:00.0", "link": true}], "disks": [{"name": "sda", "size": 8, "address": "0:2.0.0", "model": "m"}], "details": [{"generator": "lshw", "format": "application/xml", "data": "<list/>"}]}"#
                        .utf8)
            ], form: .json
        ) { bytes in
            let body = try Value(json: bytes)
            let hardware = MachineHardware(inventory: body)
            if MachineHardware(inventory: hardware.value) != hardware {
                fatalError("stored hardware is read otherwise")
            }
            _ = try Inventory(body)
        },
        FuzzReader(
            "log", share: 8, corpus: ["Tests/ShipyardTests", "Tests/SystemSupportTests"],
            words: [
                "password: ", "token=", "adminPass", "name=\"token\"", "value=\"", "<![CDATA[", "]]>", "%3D", "\\u0061",
                "&lt;",
                "curl -u ", "-P ", "[ \"", "\u{a0}", "\"secret\": \"", "<password>", "</password>",
                "-----BEGIN RSA PRIVATE KEY-----",
                "-----END", "http://u:p@h/", "\\\"", "&quot;", "value", ">-\n  ", "\u{202e}", "\u{1b}[31m", "\u{2028}",
                "'", "\r\n",
            ]
        ) { bytes in
            let line = LogRedactor.redact(text(bytes))
            let metadata: Logger.Metadata = ["key": .string(line), "a\(line.prefix(20))": .array([.string(line)])]
            _ = JournalEntry(message: line, id: line, level: .info, identifier: "fuzz", metadata: metadata)
            _ = LogLine.format(line, level: .error, metadata: metadata, at: Timestamp(microseconds: .max))
            _ = ControlCharacters.escaped(line, keepsLines: false)
        },
        FuzzReader(
            "action", corpus: ["Tests/ShipyardTests"],
            seeds: [
                Array("deploy_site__2017-10-09T21:18:56.000000".utf8), Array("P1DT6H30M".utf8),
            ], words: ["__", "T", "P", ".", ":", "-"], sizeLimit: 300
        ) { bytes in
            _ = ISODuration(text(bytes))?.before(Timestamp(microseconds: .min))
            _ = try WorkflowIdentifier.parse(text(bytes))
        },
    ]
}
