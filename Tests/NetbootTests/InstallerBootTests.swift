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
        #expect(
            try boot(.files).script() == """
                #!ipxe
                kernel http://192.0.2.1:8080/netboot/vmlinuz boatyard.url=http://192.0.2.1:8080 \
                boatyard.mac=52:54:00:00:00:11 boatyard.token=0a1b initrd=initrd
                initrd http://192.0.2.1:8080/netboot/initrd
                boot

                """)
    }

    @Test("kernel and ramdisk of another server are named as they are given")
    func addresses() throws {
        let script = try boot(.addresses(kernel: "http://198.51.100.7/k", ramdisk: "http://198.51.100.7/r.img"))
            .script()
        #expect(script.contains("kernel http://198.51.100.7/k boatyard.url=http://192.0.2.1:8080 "))
        #expect(script.contains(" initrd=r.img\ninitrd http://198.51.100.7/r.img\n"))
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
