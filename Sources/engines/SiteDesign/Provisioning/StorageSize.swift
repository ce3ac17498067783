/// A size in the notation of designs: `20g`, `>512MiB`, `50%` (`docs/reference/drydock.md` §13).
package struct StorageSize: Sendable, Hashable {
    /// The unit of a size: so many bytes, or a percentage.
    package enum Unit: Sendable, Hashable {
        case bytes(Int)
        case percent
    }

    /// Whether the size takes all that is left, but at least the amount.
    package let isMinimum: Bool
    /// The number before the unit.
    package let amount: Int
    /// The unit.
    package let unit: Unit

    private static let units: [String: Unit] = {
        var units: [String: Unit] = ["%": .percent]
        let decimal = [("m", "M", 1_000_000), ("g", "G", 1_000_000_000), ("t", "T", 1_000_000_000_000)]
        for (lower, upper, factor) in decimal {
            for name in [lower, upper, lower + "b", upper + "B"] { units[name] = .bytes(factor) }
        }
        for (lower, upper, power) in [("m", "M", 20), ("g", "G", 30), ("t", "T", 40)] {
            for name in [lower + "i", upper + "i", lower + "ib", upper + "iB"] { units[name] = .bytes(1 << power) }
        }
        return units
    }()

    /// What a size may look like.
    static let forms =
        "Write a number with m, g, t, MiB, GiB or TiB, such as 32g; with > before it, such as >20g, for all that is left and "
        + "at least that; or a percentage of the disk or volume group, such as 50%."

    /// Reads a size. Text after the letters of the unit is ignored, as in Drydock.
    ///
    /// - Throws: `StorageSizeError.format`.
    package init(_ text: String) throws(StorageSizeError) {
        try self.init(text, unitLetters: "mMbBgGtTi%", takesMinimum: true)
    }

    /// As the check of boot storage reads sizes: no `>`, no `%`, and `GiB` counts as `GB`.
    static func plainBytes(_ text: String) throws(StorageSizeError) -> Int {
        let size = try StorageSize(text, unitLetters: "mMbBgGtT", takesMinimum: false)
        return try size.bytes(of: nil)
    }

    private init(_ text: String, unitLetters: String, takesMinimum: Bool) throws(StorageSizeError) {
        var rest = Substring(text).utf8
        isMinimum = takesMinimum && rest.first == UInt8(ascii: ">")
        if isMinimum { rest = rest.dropFirst() }
        let digits = rest.prefix { (48...57).contains($0) }
        let letters = rest.dropFirst(digits.count).prefix { unitLetters.utf8.contains($0) }.prefix(3)
        guard let amount = Int(Substring(digits)), let unit = Self.units[String(Substring(letters))] else {
            throw StorageSizeError.format(text)
        }
        self.amount = amount
        self.unit = unit
    }

    /// What is left unused beside a size that takes all.
    private static let margin = 4 << 20

    /// The size in bytes.
    ///
    /// - Parameter context: the total and the free bytes of the disk or volume group; percentages are of the total. Nil
    ///   permits only sizes that need neither.
    /// - Throws: `StorageSizeError`.
    package func bytes(of context: StorageContext?) throws(StorageSizeError) -> Int {
        let size: Int
        switch unit {
        case .bytes(let factor):
            let product = amount.multipliedReportingOverflow(by: factor)
            guard !product.overflow else { throw StorageSizeError.tooLarge }
            size = product.partialValue
        case .percent:
            guard let context else { throw StorageSizeError.needsContext }
            let (quotient, remainder) = context.total.quotientAndRemainder(dividingBy: 100)
            let whole = quotient.multipliedReportingOverflow(by: amount)
            let part = remainder.multipliedReportingOverflow(by: amount)
            guard !whole.overflow, !part.overflow else { throw StorageSizeError.tooLarge }
            let sum = whole.partialValue.addingReportingOverflow(part.partialValue / 100)
            guard !sum.overflow else { throw StorageSizeError.tooLarge }
            size = sum.partialValue
        }
        guard let context else {
            if isMinimum { throw StorageSizeError.needsContext }
            return size
        }
        guard size <= context.available else { throw StorageSizeError.tooLarge }
        return isMinimum ? max(0, context.available - Self.margin) : size
    }
}

/// A disk or volume group while it is filled, in bytes.
package struct StorageContext: Sendable, Hashable {
    package var total: Int
    package var available: Int

    package init(total: Int, available: Int) {
        self.total = total
        self.available = available
    }
}

package enum StorageSizeError: Error, Sendable, Hashable, CustomStringConvertible {
    case format(String)
    case needsContext
    case tooLarge

    package var description: String {
        switch self {
        case .format(let text): "Invalid size string format: \(text)"
        case .needsContext: "Sizes using the \">\" or \"%\" format must specify a block device or volume group context"
        case .tooLarge: "The size is larger than what is available"
        }
    }
}
