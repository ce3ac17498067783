import Primitives

/// The report as one page that needs nothing else.
extension RehearsalReport {
    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Self.escaped(verdict))</title>
        <style>
        :root { color-scheme: light dark; }
        body { font: 15px/1.45 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.4rem; }
        h2 { font-size: 1.1rem; margin-top: 2rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; }
        .good { color: #187a2f; } .bad { color: #b3261e; }
        @media (prefers-color-scheme: dark) { .good { color: #6cc57f; } .bad { color: #ff8a80; } }
        summary { cursor: pointer; padding: .25rem 0; }
        pre { white-space: pre-wrap; margin: .25rem 0; }
        </style>
        </head>
        <body>
        <h1 class="\(isAsAsked ? "good" : "bad")">\(Self.escaped(verdict))</h1>
        <p>\(Self.escaped(site.joined(separator: ", "))), rehearsed \(deployment.started.formatted(.isoSeconds)) in \
        \(Self.escaped(Text.seconds(deployment.seconds))) with Boatyard \(boatyardVersion).</p>
        \(errorPart)\(findingsPart)\(machinesPart)\(stepsPart)</body>
        </html>

        """
    }

    private var errorPart: String {
        deployment.commitError.map { "<h2>Not committed</h2>\n<pre>\(Self.escaped($0))</pre>\n" } ?? ""
    }

    private var findingsPart: String {
        let lines = MessageList.lines(deployment.findings.filter { !MessageList.isInfo($0) })
        guard deployment.commitError == nil, !lines.isEmpty else { return "" }
        return "<h2>Findings</h2>\n<pre>\(Self.escaped(lines.joined(separator: "\n")))</pre>\n"
    }

    private var machinesPart: String {
        guard !machines.isEmpty else { return "" }
        return "<h2>Machines</h2>\n" + machines.map(part).joined()
    }

    private func part(_ machine: Machine) -> String {
        let faults = machine.faults.isEmpty ? "" : ", with the fault \(machine.faults.joined(separator: ", "))"
        let problem = machine.problem.map { "<p class=\"bad\">\(Self.escaped($0))</p>\n" } ?? ""
        let operations = machine.operations.map { "<li>\(Self.escaped($0))</li>\n" }.joined()
        let got = operations.isEmpty ? "" : "<p>What the installer did on it:</p>\n<ol>\n\(operations)</ol>\n"
        let rows = TimelineText.lines(["events": .array(machine.timeline)]).map { Self.escaped($0) }
            .joined(separator: "\n")
        return """
            <details\(machine.isAsAsked ? "" : " open")>
            <summary><strong>\(Self.escaped(machine.name))</strong> \
            <span class="\(machine.isAsAsked ? "good" : "bad")">\(Self.escaped(machine.status))</span>\(Self.escaped(faults))</summary>
            \(problem)<pre>\(rows)</pre>
            \(got)</details>

            """
    }

    private var stepsPart: String {
        guard let action = deployment.action else { return "" }
        let rows = ActionView(action, nodes: []).steps.map { step in
            "<tr><td>\(Self.escaped(step.id))</td><td class=\"\(step.hasFailed ? "bad" : "")\">\(Self.escaped(step.state ?? ""))</td></tr>\n"
        }
        let lifecycle = Self.escaped(action["action_lifecycle"]?.stringValue ?? "")
        return
            "<h2>Steps of deploy_site, which ended \(lifecycle)</h2>\n<table>\n<tr><th>Step</th><th>State</th></tr>\n"
            + rows.joined() + "</table>\n"
    }

    /// Documents and machines may have anything in their texts.
    private static func escaped(_ text: String) -> String {
        ControlCharacters.escaped(text, keepsLines: true).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
