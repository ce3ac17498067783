import Primitives

/// A node's way to be reached out of band, as its design gives it.
package struct BMCTarget: Sendable {
    package var node: String
    /// `oob.type` of the design: an `OutOfBandType`, or another text, for which there is no driver.
    package var type: String
    /// On the network of the `oob` section; nil where the design has none.
    package var address: String?
    package var account: String?
    package var credential: Secret<String>?
    /// The boot order is given for UEFI firmware.
    package var usesUEFI: Bool

    package init(
        node: String, type: String, address: String?, account: String?, credential: Secret<String>?,
        usesUEFI: Bool = false
    ) {
        self.node = node
        self.type = type
        self.address = address
        self.account = account
        self.credential = credential
        self.usesUEFI = usesUEFI
    }
}
