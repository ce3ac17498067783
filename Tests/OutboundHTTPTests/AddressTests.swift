import Testing

@testable import OutboundHTTP

@Suite("Addresses of other servers")
struct AddressTests {
    @Test("an address is taken apart, its user kept out of what is shown")
    func parts() throws {
        let address = try #require(RemoteAddress("http://user:pa:ss@host:81/a/b?c=d"))
        #expect(address.user == RemoteAddress.User(name: "user", password: "pa:ss"))
        #expect(address.host == "host")
        #expect(address.authority == "host:81")
        #expect(address.target == "/a/b?c=d")
        #expect(RemoteAddress("http://host")?.target == "/")
        #expect(RemoteAddress("http://host?x")?.target == "/?x")
        #expect(RemoteAddress("http://host#x")?.target == "/")
        #expect(RemoteAddress("http://host/a#b/c")?.target == "/a")
        #expect(RemoteAddress("http://[::1]:80/")?.host == "[::1]")
        #expect(RemoteAddress("http://[::1]/")?.authority == "[::1]")
        for text in [
            "", "http:/h", "ftp://h/", "http://", "http://h\r\nX: y/", "http:// h/", "http://u@/", "http://#a",
        ] {
            #expect(RemoteAddress(text) == nil, "\(text)")
        }
        #expect(RemoteAddress("http://user:secret@host/x?token=abc")?.shown == "http://host/x?token=***")
        let user = RemoteAddress("http://us%40er:p%2fw%3A@host/x")?.user
        #expect(user == RemoteAddress.User(name: "us@er", password: "p/w:"))
    }

    @Test("what lies below an address goes before its query")
    func below() {
        #expect(RemoteAddress.text("http://h/api", below: "/health") == "http://h/api/health")
        #expect(RemoteAddress.text("http://h/api", below: "/a?b=c") == "http://h/api/a?b=c")
        #expect(RemoteAddress.text("http://h/api?x=1&y;z", below: "/health") == "http://h/api/health?x=1&y;z")
        #expect(RemoteAddress.text("http://h/api?x=1", below: "/a?b=c") == "http://h/api/a?x=1&b=c")
    }

    @Test(
        "a port is from 1 to 65535",
        arguments: [
            "0", "-1", "+80", "65536", "99999", "4294967376", "18446744073709551696", "99999999999999999999", "8O",
            "٨٠",
            "80:80", "80 ", "0x50",
        ])
    func impossiblePorts(port: String) {
        for host in ["127.0.0.1", "host", "[::1]", "u:p@host", "[::1"] {
            #expect(RemoteAddress("http://\(host):\(port)/x") == nil, "\(host)")
            #expect(RemoteAddress("https://\(host):\(port)") == nil, "\(host)")
        }
    }

    @Test(
        "a host is a name or an IPv6 address in brackets",
        arguments: [
            "[", "]", "[]", "[[", "]]", "[:", ":]", "[]:80", "]:80", "[:80", "[::1", "::1]", "[a", "a]b", "[a]",
            "[::1]x",
            "[[::1]]", "[::1%]", "[::1%25]", "[::1%5D]", "[::1%25a%5D]", "%5B", "%5b:80", "a%00", "a;b", "a\"b", "a<b",
            "a\\b", "h\u{e9}", "u:p@[", "u:p@]",
        ])
    func impossibleHosts(host: String) throws {
        for scheme in ["http", "https"] {
            #expect(RemoteAddress("\(scheme)://\(host)") == nil)
            #expect(RemoteAddress("\(scheme)://\(host)/x?y") == nil)
        }
        #expect(try #require(RemoteAddress("http://a/")).redirected(to: "http://\(host)/") == nil)
    }

    @Test("names, addresses and zones are hosts")
    func possibleHosts() {
        for host in ["a", "a-b.c_d", "10.0.0.1", "[::1]", "[fe80::1%25eth0]", "[::ffff:10.0.0.1]"] {
            #expect(RemoteAddress("http://\(host):80/x")?.host == host)
        }
    }

    @Test("ports at the edge are taken, an empty one is none")
    func possiblePorts() {
        for port in ["1", "80", "65535", "00080"] {
            #expect(RemoteAddress("http://host:\(port)/")?.authority == "host:\(port)")
        }
        #expect(RemoteAddress("http://host:/x")?.url == "http://host/x")
        #expect(RemoteAddress("https://[::1]:")?.url == "https://[::1]/")
    }

    @Test("credentials go to the same server only, and by no weaker scheme")
    func sameServer() throws {
        func isSame(_ next: String, _ first: String) throws -> Bool {
            try #require(RemoteAddress(next)).isSameServer(as: #require(RemoteAddress(first)))
        }
        #expect(try isSame("http://a:1/x", "http://u@a:1/y"))
        #expect(try isSame("https://a/x", "http://a/y"))
        #expect(try !isSame("http://a/x", "https://a/y"))
        #expect(try !isSame("http://a:2/", "http://a:1/"))
        #expect(try !isSame("http://a.b/", "http://a/"))
    }

    @Test("a redirect leads to a path or a whole address, never from HTTPS to HTTP or out of both")
    func redirects() throws {
        let plain = try #require(RemoteAddress("http://u:p@a:1/x?y"))
        #expect(plain.redirected(to: "/z?q")?.url == "http://a:1/z?q")
        #expect(plain.redirected(to: "/z")?.user == nil)
        #expect(plain.redirected(to: "https://b/z")?.url == "https://b/z")
        let secure = try #require(RemoteAddress("https://a/x"))
        #expect(secure.redirected(to: "https://b/")?.url == "https://b/")
        #expect(secure.redirected(to: "http://b/") == nil)
        let socket = RemoteAddress(socket: "/run/a b.sock", target: "/x")
        #expect(socket.url == "http+unix://%2Frun%2Fa%20b.sock/x")
        #expect(socket.redirected(to: "/y")?.url == "http+unix://%2Frun%2Fa%20b.sock/y")
        #expect(socket.redirected(to: "http://b/") == nil)
        for location in ["", "z", "//b/z", "ftp://b/", "http+unix://%2Frun%2Fx/", "http://b:99999/", "http://b:0/"] {
            #expect(plain.redirected(to: location) == nil, "\(location)")
        }
    }
}
