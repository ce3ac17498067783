import Drydock
import HTTPTypes
import Primitives
import Testing

@Suite("Boot programs over HTTP")
struct BootProgramTests {
    @Test("a boot program is served by its name, and nothing else is")
    func names() async throws {
        try await DrydockFixture.run { fixture in
            let path = try #require(fixture.service.netboot.bootProgram("snponly.efi"))
            #expect(path.hasSuffix("/netboot/current/tftp/snponly.efi"))
            try FileContents.makeFolder(String(path.dropLast("/snponly.efi".count)))
            try FileContents.write([77, 90], to: path)
            let answer = try await fixture.ask(.get, "/netboot/boot/snponly.efi")
            #expect(answer.status == 200 && answer.bytes == [77, 90])
            #expect(answer.header("Content-Type") == "application/efi")
            for name in ["..%2fmanifest.json", ".hidden", "a%20b", "%c3%a9", String(repeating: "a", count: 65)] {
                #expect(try await fixture.ask(.get, "/netboot/boot/\(name)").status == 404, "\(name)")
                #expect(try await fixture.send(.get, "/netboot/boot/\(name)").status == 404, "\(name)")
            }
        }
    }
}
