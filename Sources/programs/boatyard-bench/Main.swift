import Glibc

/// What `make bench` runs besides the scripts of `packaging/bench.d`: engines measured in a process of their own.
@main
enum Bench {
    private static let all: [(title: String, run: @Sendable (inout Figures) async throws -> Void)] = [
        ("Site design", SiteDesignBench.run), ("Workflow", WorkflowBench.run),
        ("Identity", IdentityBench.run),
    ]

    static func main() async {
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
