import HTTPTypes
import Primitives

/// Numbers of the daemon and its site, for Prometheus.
package struct MetricsController: Controller {
    /// Always `metrics`.
    package let name = "metrics"
    private let text: @Sendable () async -> String

    /// - Parameter text: what there is to say now, as `MetricsText` writes it.
    package init(_ text: @escaping @Sendable () async -> String) { self.text = text }

    package var routes: [Route] {
        [
            Route(
                .get, "/metrics", policy: .rule("boatyard:show_metrics"), on: .clients, slashes: .trailing,
                about: Operation(
                    "Numbers of the daemon and its site, for Prometheus",
                    answers: Answer(.ok, content: [("text/plain", .string)]))
            ) {
                [text] _ in
                .text(await text(), contentType: "text/plain; version=0.0.4; charset=utf-8")
            }
        ]
    }

    package func errorForm(of route: Route) -> ErrorForm { LocalFailure.form }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {}

    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        LocalFailure.response(to: error, for: request)
    }
}
