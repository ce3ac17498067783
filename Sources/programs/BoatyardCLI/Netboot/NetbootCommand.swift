import ArgumentParser

struct NetbootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "netboot",
        abstract: "How machines boot over the network: DHCP, and the installer that they get.",
        subcommands: [
            NetbootStatus.self, NetbootSnippet.self, NetbootBuild.self, NetbootList.self, NetbootUse.self,
        ])
}
