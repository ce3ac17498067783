import Primitives

/// The network of the ramdisk, for systemd-networkd (systemd.network(5)).
package enum BootNetwork {
    /// Before all others.
    package static let fileName = "05-boatyard-boot.network"

    /// DHCP on the interface that the machine was booted from, known to the server by its Ethernet address, as firmware
    /// and boot program were: they all get the same lease.
    package static func file(mac: MACAddress) -> String {
        """
        [Match]
        MACAddress=\(mac)
        Type=ether

        [Link]
        RequiredForOnline=yes

        [Network]
        DHCP=ipv4
        LinkLocalAddressing=no
        IPv6AcceptRA=no
        LLDP=no
        EmitLLDP=no

        [DHCPv4]
        ClientIdentifier=mac
        UseDomains=yes
        UseMTU=no
        MaxAttempts=infinity

        """
    }
}
