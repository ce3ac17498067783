extension APIRequest {
    /// What error bodies give as `apiVersion`: the first path segment that starts with `v` and contains a dot, or `N/A`.
    package var apiVersion: String {
        path.split(separator: "/").first { $0.hasPrefix("v") && $0.contains(".") }.map(String.init) ?? "N/A"
    }
}
