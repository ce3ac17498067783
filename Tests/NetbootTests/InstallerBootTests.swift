import Netboot
import Primitives
import Testing

@Suite("A boot into the installer")
struct InstallerBootTests {
    private func boot(_ source: InstallerSource) throws -> InstallerBoot {
        InstallerBoot(
            source: source, nodeURL: "http://192.0.2.1:8080",
            mac: try #require(MACAddress("52:54:00:00:00:11")), token: "0a1b")
    }

    @Test("the installer learns of the node listener, its address and its token")
    func files() throws {
        let lines = try boot(.files).script().split(separator: "\n")
        #expect(
            lines.contains(
                """
                kernel --timeout 120000 http://192.0.2.1:8080/netboot/vmlinuz boatyard.url=http://192.0.2.1:8080 \
                boatyard.mac=52:54:00:00:00:11 boatyard.token=0a1b panic=60 initrd=initrd || goto failed
                """))
    }

    @Test("the installer writes to the consoles of its node")
    func consoles() throws {
        var boot = try boot(.files)
        boot.consoles = ["tty0", "ttyS1,115200n8"]
        #expect(
            try boot.script().contains(
                " boatyard.token=0a1b panic=60 console=tty0 console=ttyS1,115200n8 initrd=initrd || "))
    }

    @Test("the installer is told that it was booted for rescue, and nothing where it is to install")
    func mode() throws {
        var boot = try boot(.files)
        #expect(try !boot.script().contains("boatyard.mode"))
        boot.mode = .rescue
        #expect(try boot.script().contains(" boatyard.token=0a1b boatyard.mode=rescue panic=60 initrd=initrd || "))
    }

    @Test("kernel and ramdisk of another server are named as they are given")
    func addresses() throws {
        let script = try boot(.addresses(kernel: "http://198.51.100.7/k", ramdisk: "http://198.51.100.7/r.img"))
            .script()
        #expect(script.contains("kernel --timeout 120000 http://198.51.100.7/k boatyard.url=http://192.0.2.1:8080 "))
        #expect(script.contains(" initrd=r.img || goto failed\ninitrd --timeout 900000 http://198.51.100.7/r.img || "))
    }

    @Test("an address that iPXE would interpret is refused")
    func address() throws {
        let boot = try boot(.addresses(kernel: "http://198.51.100.7/${mac}", ramdisk: "http://198.51.100.7/r"))
        let error = #expect(throws: IPXEScriptError.self) { try boot.script() }
        #expect(error?.what == "the kernel's address" && error?.character == "$")
    }

    @Test("what an operator puts below the state directory has its places")
    func folder() {
        let folder = NetbootFolder(stateDirectory: "/var/lib/boatyard")
        #expect(folder.path(of: .kernel) == "/var/lib/boatyard/netboot/http/vmlinuz")
        #expect(folder.path(of: .ramdisk) == "/var/lib/boatyard/netboot/http/initrd")
        #expect(folder.imageCatalog == "/var/lib/boatyard/netboot/catalogue.yaml")
    }
}
