/// Bytes that are written piece by piece, most pieces being a few bytes long: an array checks more for each.
package struct ByteWriter: ~Copyable {
    @usableFromInline var start: UnsafeMutablePointer<UInt8>
    @usableFromInline var capacity: Int
    @usableFromInline var count = 0

    /// - Parameter capacity: for how many bytes there is room from the beginning.
    package init(capacity: Int = 1000) {
        self.capacity = max(capacity, 1)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    /// The bytes that were written.
    package var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

    @inlinable package mutating func append(_ byte: UInt8) {
        if count == capacity { grow(by: 1) }
        start[count] = byte
        count &+= 1
    }

    @inlinable package mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        append(source, bytes.count)
    }

    @inlinable package mutating func append(_ source: UnsafePointer<UInt8>, _ length: Int) {
        if length > capacity &- count { grow(by: length) }
        (start + count).update(from: source, count: length)
        count &+= length
    }

    @inlinable package mutating func append(_ text: StaticString) {
        append(text.utf8Start, text.utf8CodeUnitCount)
    }

    @inlinable package mutating func append(_ text: String) {
        text.withUTF8Bytes { append($0) }
    }

    /// Appends `byte` so many times.
    package mutating func append(repeating byte: UInt8, count length: Int) {
        if length > capacity &- count { grow(by: length) }
        (start + count).update(repeating: byte, count: length)
        count &+= length
    }

    @usableFromInline @inline(never) mutating func grow(by length: Int) {
        let larger = max(2 * capacity, count + length)
        let new = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        new.update(from: start, count: count)
        start.deallocate()
        start = new
        capacity = larger
    }
}

extension String {
    /// Calls `body` with the string's UTF-8, copied only where it is not native.
    @inlinable package func withUTF8Bytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        utf8.withContiguousStorageIfAvailable(body) ?? Array(utf8).withUnsafeBufferPointer(body)
    }
}
