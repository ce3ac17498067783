/// Names of the enterprise numbers of IANA that BMCs have.
package enum Manufacturers {
    /// Nil for one that is not in the table, and for 0, which stands for none.
    package static func name(_ number: UInt32) -> String? { names[number] }

    private static let names: [UInt32: String] = [
        2: "IBM", 11: "Hewlett-Packard", 42: "Sun Microsystems", 116: "Hitachi", 119: "NEC", 343: "Intel", 674: "Dell",
        2011: "Huawei", 2623: "ASUSTek", 5703: "NVIDIA", 5771: "Cisco", 6653: "Tyan", 7244: "Quanta", 10368: "Fujitsu",
        10876: "Supermicro", 15000: "Kontron", 15370: "Giga-Byte", 19046: "Lenovo", 20301: "IBM eServer X",
        20569: "Inventec", 20974: "American Megatrends", 24339: "ADLINK", 25506: "H3C", 27500: "Dawning",
        33049: "Mellanox", 37945: "Inspur", 40092: "Wiwynn", 40981: "Facebook", 42817: "IBM Platform Firmware",
        45065: "Insyde", 47196: "Hewlett Packard Enterprise", 49769: "YADRO", 52538: "Ampere Computing",
    ]
}
