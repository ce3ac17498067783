import Primitives

/// What Drydock's waiters wait for.
enum DrydockTopic: Hashable, Sendable {
    case queue
    case task(String)
    case machine(ULID)
    case machines
    case bootActions
}
