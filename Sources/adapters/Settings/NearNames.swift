/// Which names somebody may have meant.
enum NearNames {
    /// Those of `names` that differ least from `typed`, best first; none where all of them are something else.
    static func of(_ typed: String, among names: [String]) -> [String] {
        let typed = plain(typed)
        // Two slips, or one letter in three, make a typing error; more is another word.
        let limit = max(2, typed.count / 3)
        let near = names.enumerated().compactMap { place, name -> (distance: Int, place: Int, name: String)? in
            let plain = plain(name)
            let isPart =
                typed.count >= 3 && (plain.starts(with: typed) || (plain.count >= 3 && typed.starts(with: plain)))
            let distance = isPart ? 1 : distance(typed, plain)
            return distance <= min(limit, max(typed.count, plain.count) - 1) ? (distance, place, name) : nil
        }
        return near.sorted { ($0.distance, $0.place) < ($1.distance, $1.place) }.prefix(3).map(\.name)
    }

    private static func plain(_ name: String) -> [Character] {
        name.prefix(64).lowercased().filter { $0 != "_" && $0 != "-" }.map { $0 }
    }

    /// How many letters must be put in, taken out, replaced or swapped with their neighbour.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    cost = min(cost, before[column - 1] + 1)
                }
                current.append(cost)
            }
            before = last
            last = current
        }
        return last[right.count]
    }
}
