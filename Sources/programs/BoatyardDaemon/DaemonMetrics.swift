import API
import Audit
import Drydock
import Glibc
import Listeners
import Primitives
import Shipyard
import Store
import SystemSupport

/// Gathers what `GET /metrics` shows. What cannot be found out now is left out, and counted.
struct DaemonMetrics: Sendable {
    let drydock: DrydockService
    let shipyard: ShipyardService
    let audit: AuditTrail
    let database: Database
    let counts: RequestCounts
    let state: StateDirectory
    /// One sentence for each problem that `GET health` tells of.
    let problems: @Sendable () async -> [String]

    func text() async -> String {
        var metrics = MetricsText()
        var failures = 0
        metrics.add("build_info", "The version of the daemon; always 1.", [.init(1, [("version", boatyardVersion)])])
        metrics.add("problems", "Problems that GET health tells of.", [.init(await problems().count)])
        do { try await addSite(&metrics) } catch { failures += 1 }
        do { try await addWork(&metrics) } catch { failures += 1 }
        do { try await addState(&metrics) } catch { failures += 1 }
        metrics.add(
            "metrics_missing", "Groups of metrics that could not be read from the database this time.",
            [.init(failures)])
        addRequests(&metrics)
        Self.addProcess(&metrics)
        return metrics.text
    }

    private func addSite(_ metrics: inout MetricsText) async throws {
        let committed = try await shipyard.committedRevision()
        let machines = try await drydock.nodeOverview(committed: committed)
        let nodes = machines.filter { $0.status.node != nil }
        let names = MachineState.allCases.map(\.rawValue) + ["Testing", "Missing"]
        let states = Dictionary(grouping: nodes, by: \.status.statusName).mapValues(\.count)
        metrics.add(
            "nodes", "Nodes by their status, as GET nodes shows it.",
            names.map { .init(states[$0] ?? 0, [("status", $0)]) })
        let power = Dictionary(grouping: nodes, by: \.status.power.rawValue).mapValues(\.count)
        metrics.add(
            "nodes_power", "Nodes by their power as their BMCs last told it.",
            power.sorted { $0.key < $1.key }.map { .init($0.value, [("power", $0.key)]) })
        metrics.add(
            "bmcs_failing", "Nodes whose BMC did not answer when it was asked last.",
            [.init(nodes.count { $0.status.powerFailure != nil })])
        metrics.add(
            "nodes_failed", "Nodes for which the newest task failed.", [.init(nodes.count { $0.problem != nil })])
        let drift = nodes.flatMap(\.drift)
        metrics.add(
            "nodes_drifting", "Nodes that are not as they should be, by what differs.",
            NodeDrift.Kind.allCases.map { kind in
                .init(drift.count { $0.kind == kind }, [("what", kind.rawValue)])
            })
        metrics.add(
            "machines_unknown", "Machines that have booted and that no document names.",
            [.init(machines.count { $0.status.node == nil })])
        metrics.add(
            "committed_revision", "The revision of the documents that is committed; 0 where none is.",
            [.init(committed ?? 0)])
    }

    private func addWork(_ metrics: inout MetricsText) async throws {
        metrics.add(
            "actions", "Actions by their state.",
            try await shipyard.actionCounts().map { .init($0.count, [("state", $0.state)]) })
        metrics.add(
            "tasks", "Tasks of Drydock by their status, without their subtasks.",
            try await drydock.taskCounts().map { .init($0.count, [("status", $0.status.rawValue)]) })
    }

    private func addState(_ metrics: inout MetricsText) async throws {
        metrics.add(
            "database_bytes", "The size of the database.", [.init(try await database.read { try $0.size() })])
        if let left = FolderContents.bytesLeft(at: state.path) {
            metrics.add("state_free_bytes", "What the file system of the state has left.", [.init(Double(left))])
        }
        metrics.add("audit_entries", "Changes in the audit.", [.init(try await audit.count())])
        let backup = Backups.newest(in: state.path).flatMap { Backups.created(ofName: $0) }
        metrics.add(
            "backup_newest_timestamp_seconds", "When the newest backup was made; 0 where there is none.",
            [.init(backup.map { Double($0.microseconds) / 1_000_000 } ?? 0)])
    }

    private func addRequests(_ metrics: inout MetricsText) {
        metrics.add(
            "http_requests_total", "Requests that were answered.", as: .counter,
            counts.answers.map { kind, count in
                .init(
                    count,
                    [
                        ("listener", kind.listener), ("method", kind.method), ("route", kind.route),
                        ("status", "\(kind.status)"),
                    ])
            })
        metrics.addHistogram(
            "http_request_duration_seconds", "How long answers took, without streams.", bounds: RequestCounts.bounds,
            counts.durations.map {
                ([("listener", $0.listener)], $0.durations.counts, $0.durations.sum, $0.durations.count)
            })
    }

    private static func addProcess(_ metrics: inout MetricsText) {
        let pageSize = Double(sysconf(CInt(clamping: _SC_PAGESIZE)))
        let pages = (try? FileContents.read("/proc/self/statm", limit: 4096)).flatMap {
            String(decoding: $0, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap { Double($0) }
        }
        metrics.addOfProcess("resident_memory_bytes", "Resident memory size in bytes.", pages.map { $0 * pageSize })
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        metrics.addOfProcess(
            "cpu_seconds_total", "Total user and system CPU time spent in seconds.", as: .counter,
            Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000)
        metrics.addOfProcess(
            "open_fds", "Number of open file descriptors.",
            FolderContents.names(in: "/proc/self/fd").map { Double($0.count) })
    }
}
