/// Elements of collections that are being read, the outer below the inner: each collection is made of the topmost in its
/// final size, and none is copied.
///
/// Public, as only what is public is specialized for its elements in other modules.
public struct MovingStack<Element>: ~Copyable {
    @usableFromInline var start: UnsafeMutablePointer<Element>
    @usableFromInline var capacity: Int
    @usableFromInline var size = 0
    @inlinable public var count: Int { size }

    @inlinable public init(capacity: Int = 32) {
        self.capacity = capacity
        start = .allocate(capacity: capacity)
    }

    @inlinable deinit {
        start.deinitialize(count: size)
        start.deallocate()
    }

    @inlinable public mutating func append(_ element: consuming Element) {
        if size == capacity { grow() }
        (start + size).initialize(to: element)
        size &+= 1
    }

    /// Takes the topmost away.
    ///
    /// - Parameter count: how many, no more than there are.
    @inlinable public mutating func takeLast(_ count: Int) -> [Element] {
        drop(count)
        // The initializer for uninitialized capacity looks its type up at run time each time.
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for place in 0..<count { elements.append((start + size + place).move()) }
        return elements
    }

    /// Takes the topmost away two by two, the lowest first: a key and its value each time.
    ///
    /// - Parameter count: how many pairs, no more than there are.
    @inlinable public mutating func takeLastPairs(_ count: Int, _ body: (Element, Element) -> Void) {
        drop(2 * count)
        for place in 0..<count { body((start + size + 2 * place).move(), (start + size + 2 * place + 1).move()) }
    }

    /// From here on the topmost are the caller's.
    @inlinable mutating func drop(_ dropped: Int) {
        precondition((0...size).contains(dropped))
        size &-= dropped
    }

    @usableFromInline @inline(never) mutating func grow() {
        let new = UnsafeMutablePointer<Element>.allocate(capacity: 2 * capacity)
        new.moveInitialize(from: start, count: size)
        start.deallocate()
        start = new
        capacity *= 2
    }
}
