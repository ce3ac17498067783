import Primitives

/// What to do about an error, in the words of this program: the daemon's messages are Airship's, and name neither our
/// commands nor our options.
enum Hint {
    private static let bufferIsEmpty =
        "without an option the buffer is meant, which is empty once it is committed; --committed shows what is "
        + "committed."

    /// Of an id that is no action's.
    static let actions = "boatyard get actions lists actions with their ids."

    /// What a message, or its reason, begins with, and the way on. The first that fits.
    private static let remedies: [(beginning: String, remedy: String)] = [
        (
            "Invalid target_nodes parameter",
            "name the machines with --param target_nodes=NAME,NAME…; boatyard get nodes lists them."
        ),
        (
            "No committed configdocs",
            "boatyard create configdocs NAME --directory FOLDER stages documents, boatyard commit configdocs commits "
                + "them."
        ),
        (
            "Unable to commit configuration documents",
            "boatyard create configdocs NAME --directory FOLDER stages documents."
        ),
        (
            "Invalid collection specified for buffer",
            "--append adds the collection to what the buffer holds, --replace throws that away; boatyard get configdocs "
                + "shows it."
        ),
        (
            "Collection created no new revision",
            "the buffer keeps what it holds. To discard it: boatyard create configdocs NAME --empty-collection "
                + "--replace, with a NAME that is in no committed collection."
        ),
        ("buffer version does not exist", bufferIsEmpty), ("The Shipyard buffer is empty", bufferIsEmpty),
        ("Action not found", actions), ("Action Not Found!", actions),
        (
            "Intermediate commit detected",
            "--allow-intermediate-commits, if the commits since the last action are meant."
        ),
    ]

    /// - Returns: nil where the message says all there is to say.
    static func text(status: Int?, body: Value?) -> String? {
        if status == 401 {
            return "over TCP the daemon wants to know who asks: set OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME, or "
                + "OS_AUTH_TOKEN."
        }
        let texts = ["message", "reason"].compactMap { body?[$0]?.stringValue }
        return remedies.first { remedy in texts.contains { $0.hasPrefix(remedy.beginning) } }?.remedy
    }
}
