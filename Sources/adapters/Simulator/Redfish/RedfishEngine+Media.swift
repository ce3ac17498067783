import OrderedCollections
import Primitives

/// What a BMC does beside its answers: it looks for the image that it is to put into its drive.
struct RedfishTask: Sendable {
    enum State: Sendable {
        case running
        case completed
        case failed(BaseMessage)
    }

    let number: Int
    let image: String
    let began: Timestamp
    var ended: Timestamp?
    var state = State.running

    var id: String { String(number) }
}

/// The drive for images that are read by HTTP.
extension RedfishEngine {
    /// In bytes, of an image's address.
    private static let addressLimit = 2048
    /// Of those that are kept.
    private static let taskLimit = 16

    mutating func insertMedia(_ body: Value.Object) throws(RedfishRequestError) -> RedfishReply {
        let action = "VirtualMedia.InsertMedia"
        guard let value = body["Image"] else { throw RedfishRequestError(400, .parameterMissing("Image", action)) }
        guard let image = value.stringValue, image.utf8.count <= Self.addressLimit,
            image.hasPrefix("http://") || image.hasPrefix("https://")
        else { throw RedfishRequestError(400, .parameterValue("Image", action, value)) }
        for (name, expected) in [("Inserted", Value.bool(true)), ("TransferMethod", "Stream")] {
            if let value = body[name], value != expected, !value.isNull {
                throw RedfishRequestError(400, .parameterValue(name, action, value))
            }
        }
        guard !faults.refusesOrders else { throw RedfishRequestError(400, .actionNotSupported(action)) }
        countCommand()
        guard !faults.ignoresMedia else { return RedfishReply(status: 204) }
        guard chassis.media == nil, !tasks.contains(where: { if case .running = $0.state { true } else { false } })
        else { throw RedfishRequestError(409, .resourceInUse) }
        taskCount += 1
        let task = RedfishTask(number: taskCount, image: image, began: clock)
        tasks = tasks.suffix(Self.taskLimit - 1) + [task]
        effects.append(.find(image: image, task: task.number))
        guard let resource = resource(.task(task.id)) else { throw RedfishRequestError(500, .internalError) }
        return resource.reply(status: 202, headers: monitorHeaders(task.id))
    }

    mutating func ejectMedia() -> RedfishReply {
        countCommand()
        if !faults.ignoresMedia { chassis.setMedia(nil) }
        return RedfishReply(status: 204)
    }

    /// Whether the image of a task was found.
    package mutating func finish(task number: Int, isFound: Bool) {
        guard let place = tasks.firstIndex(where: { $0.number == number }) else { return }
        tasks[place].ended = clock
        tasks[place].state = isFound ? .completed : .failed(.couldNotReach(tasks[place].image))
        if isFound { chassis.setMedia(tasks[place].image) }
    }

    /// What the operation of a task has to answer at last (DSP0266 §12.2).
    func monitor(_ id: String) throws(RedfishRequestError) -> RedfishReply {
        guard let task = tasks.first(where: { $0.id == id }) else {
            throw RedfishRequestError(404, .resourceMissing(RedfishRoute.taskMonitor(id).path))
        }
        switch task.state {
        case .running: return RedfishReply(status: 202, headers: monitorHeaders(id))
        case .completed: return RedfishReply(status: 204)
        case .failed(let message): throw RedfishRequestError(400, message)
        }
    }

    private func monitorHeaders(_ id: String) -> [(name: String, value: String)] {
        [("Location", RedfishRoute.taskMonitor(id).path), ("Retry-After", "1")]
    }
}
