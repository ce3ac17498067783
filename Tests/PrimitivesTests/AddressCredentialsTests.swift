import Primitives
import Testing

@Suite("Addresses without their credentials")
struct AddressCredentialsTests {
    @Test(
        "user and password are left out, and nothing else",
        arguments: [
            ("http://u:p@h/x", "http://h/x"), ("https://u@h", "https://h"), ("ftp://u:p@h/x@y", "ftp://h/x@y"),
            ("//u:p@h?a@b", "//h?a@b"), ("promenade+http://u:p@[::1]:80/x", "promenade+http://[::1]:80/x"),
            ("http://a@b@h/", "http://h/"), ("deckhand+https://:p@h:9000/api", "deckhand+https://h:9000/api"),
        ])
    func users(text: String, shown: String) { #expect(AddressCredentials.removed(from: text) == shown) }

    @Test(
        "what has none stays as it is",
        arguments: [
            "", "x", "/x@y", "http://h/x@y?z=1", "https://h:80/a?b=c@d", "http://[::1]:80/@", "http://h/?", "a@b",
            "file:///srv/site.yaml", "http://h/x?limit=5&path=/etc&keys=1#", "http://h/?passwords=1",
        ])
    func untouched(text: String) { #expect(AddressCredentials.removed(from: text) == text) }

    @Test(
        "of a text that is no address no password is kept either",
        arguments: [
            "http://u:se/cret@h/", "http://u:se?cret@h/", "http://u:se#cret@h", "gopher:u:secret@h", "u:secret@h",
            "http:/u:secret@h/x", "http://u:secret@@", "x://u:sec ret@h", "http://u:secret@\u{301}h/",
            "http://u:secret@h:99999/x", "://u:secret@h", "http://u:se/c@ret@h",
        ])
    func malformed(text: String) {
        let shown = AddressCredentials.removed(from: text)
        for part in ["secret", "cret", "ret@", "u:"] { #expect(!shown.contains(part), "\(shown)") }
    }

    @Test(
        "parameters with the names of secrets, and signatures, lose their values",
        arguments: [
            ("http://h/x?token=abc&a=1", "http://h/x?token=***&a=1"),
            ("http://h/x?a=1&access_token=abc#f", "http://h/x?a=1&access_token=***#***"),
            (
                "https://h/x?X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-Date=c",
                "https://h/x?X-Amz-Credential=***&X-Amz-Signature=***&X-Amz-Date=c"
            ),
            ("https://h/x?sv=1&sig=a%2Fb", "https://h/x?sv=1&sig=***"),
            ("http://h/?pass%77ord=x", "http://h/?pass%77ord=***"),
            ("http://u:p@h/?apiKey=x&apiKey=y", "http://h/?apiKey=***&apiKey=***"),
            ("http://h/?a=1;token=x;b=2&c", "http://h/?a=1;token=***;b=2&c"),
            (
                "http://h/?access_code=1&psk=x&jwt=y&pwd=z&Authorization=w",
                "http://h/?access_code=1&psk=***&jwt=***&pwd=***&Authorization=***"
            ),
            ("http://h/?next=http%3A%2F%2Fu%3Ap%40h2%2F&q=%3Ftoken%3Dx", "http://h/?next=***&q=***"),
        ])
    func parameters(text: String, shown: String) { #expect(AddressCredentials.removed(from: text) == shown) }

    @Test(
        "of a fragment nothing is shown",
        arguments: [
            ("http://h/x#abc", "http://h/x#***"), ("http://h/x#access_token=abc", "http://h/x#***"),
            ("http://h/x?a=1#b?token=c", "http://h/x?a=1#***"),
            ("file:///srv/site.yaml#a#b", "file:///srv/site.yaml#***"),
            ("http://u:p@h#abc", "http://h#***"), ("http://h/x#", "http://h/x#"), ("#abc", "#***"),
        ])
    func fragments(text: String, shown: String) { #expect(AddressCredentials.removed(from: text) == shown) }

    @Test("what is shown is shown the same when it is shown again")
    func again() {
        for text in [
            "http://u:p@h/x?token=a", "http://u:se/cret@h/", "x:u:p@h", "http://h/?sig=1&b", "http://h/?a;token=b#c",
        ] {
            let shown = AddressCredentials.removed(from: text)
            #expect(AddressCredentials.removed(from: shown) == shown)
        }
    }
}
