/// The capturing groups of a pattern while it is parsed.
struct PatternGroups {
    private(set) var count = 0
    private(set) var numbers: [String: Int] = [:]
    private var open: Set<Int> = []

    /// Numbers a group that starts here; nil: its name is taken.
    mutating func begin(name: String?) -> Int? {
        if let name, numbers[name] != nil { return nil }
        count += 1
        if let name { numbers[name] = count }
        open.insert(count)
        return count
    }

    mutating func end(_ number: Int) { open.remove(number) }

    func isOpen(_ number: Int) -> Bool { open.contains(number) }
}
