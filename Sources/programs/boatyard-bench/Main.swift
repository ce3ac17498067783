import Glibc

/// What `make bench` runs besides the scripts of `packaging/bench.d`: engines measured in a process of their own. With
/// `bmcs`, the BMCs that one of the scripts asks.
@main
enum Bench {
    private static let all: [(title: String, run: @Sendable (inout Figures) async throws -> Void)] = [
        ("Site design", SiteDesignBench.run), ("Workflow", WorkflowBench.run),
        ("Identity", IdentityBench.run),
    ]

    static func main() async {
        if CommandLine.arguments.dropFirst().first == "bmcs" {
            do {
                try await SimulatedBMCs.run(Array(CommandLine.arguments.dropFirst(2)))
                exit(0)
            } catch {
                print("failed: \(error)")
                exit(1)
            }
        }
        var figures = Figures()
        for (title, run) in all {
            print(title)
            do {
                try await run(&figures)
            } catch {
                print("  failed: \(error)")
                figures.fail()
            }
        }
        exit(figures.areWithinCeilings ? 0 : 1)
    }
}
