import Primitives
import Testing

struct SecretTests {
    @Test("a secret shows nothing of itself, printed, interpolated, dumped or inside another value")
    func hidden() {
        struct Account {
            var name = "admin"
            var password = Secret("hunter2")
        }
        var dumped = ""
        dump(Account(), to: &dumped)
        let texts = [
            "\(Account())", String(reflecting: Account()), "\(Account().password)",
            String(describing: Secret([1, 2, 3])),
            String(reflecting: Secret("hunter2")), "\([Secret("hunter2")])", "\(Optional(Secret("hunter2")) as Any)",
            dumped,
        ]
        for text in texts { #expect(!text.contains("hunter2") && !text.contains("1, 2") && text.contains("[secret]")) }
        #expect(Account().password.reveal() == "hunter2")
    }

    @Test("bytes are written as hexadecimal digits and read back in either case")
    func hexadecimal() {
        #expect([0, 15, 16, 255].hex == "000f10ff")
        #expect([UInt8](hex: "000F10fF") == [0, 15, 16, 255])
        #expect([UInt8](hex: "") == [])
        for text in ["0", "0g", "0x", " 00", "٠٠"] { #expect([UInt8](hex: text) == nil) }
    }

    @Test("an error says its message, and its cause where it has one")
    func errors() {
        let cause = BoatyardError("inner", "the disk is full")
        #expect(BoatyardError("outer", "cannot store", cause: cause).description == "cannot store (the disk is full)")
        #expect(BoatyardError("outer", "cannot store").description == "cannot store")
    }
}
