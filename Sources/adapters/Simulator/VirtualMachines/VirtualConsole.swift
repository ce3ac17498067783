import IPMI
import NIOCore
import NIOPosix

/// Joins the socket on which QEMU serves a machine's serial line with the BMC, while somebody looks: otherwise people can
/// use the socket themselves. What the machine writes goes to QEMU's log file in any case.
actor VirtualConsole {
    private let path: String
    private let line: SerialLine
    private let inputs: AsyncStream<SerialLine.Input>
    private var connecting: Task<Void, Never>?
    private var channel: (any Channel)?

    /// QEMU is started anew with each power cycle, and its socket with it.
    private static let pause = Duration.milliseconds(100)
    /// More pieces of what is typed are not kept for a machine that does not read.
    private static let maximumInputs = 1024

    /// - Parameter path: of QEMU's Unix socket, which need not be there yet.
    init(path: String, line: SerialLine) {
        self.path = path
        self.line = line
        let (inputs, continuation) = AsyncStream<SerialLine.Input>.makeStream(
            bufferingPolicy: .bufferingNewest(Self.maximumInputs))
        self.inputs = inputs
        line.onInput { continuation.yield($0) }
    }

    /// Returns once the task is cancelled.
    func run() async {
        for await input in inputs {
            switch input {
            case .attached(true): attach()
            case .attached(false): await detach()
            case .characters(let characters): channel?.writeAndFlush(ByteBuffer(bytes: characters), promise: nil)
            // QEMU's socket has no way to send a break.
            case .lineBreak: break
            }
        }
        await detach()
    }

    private func attach() {
        guard connecting == nil else { return }
        connecting = Task {
            while !Task.isCancelled {
                await self.connect()
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private func detach() async {
        connecting?.cancel()
        try? await channel?.close()
        await connecting?.value
        connecting = nil
    }

    /// Returns once the connection has ended, or there is none to be had.
    private func connect() async {
        let line = line
        let joined = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ConsoleReader(line: line))
                }
            }
            .connect(unixDomainSocketPath: path).get()
        guard let joined else { return }
        channel = joined
        if Task.isCancelled { try? await joined.close() }
        try? await joined.closeFuture.get()
        channel = nil
    }
}

/// Passes what the machine writes to the BMC.
private final class ConsoleReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let line: SerialLine

    init(line: SerialLine) { self.line = line }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        line.write(Array(unwrapInboundIn(data).readableBytesView))
    }

    /// QEMU has ended.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
