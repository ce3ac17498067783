import Primitives
import Testing

@Suite("Natural order")
struct NaturalOrderTests {
    @Test("numbers in names are counted")
    func counted() {
        let names = ["berth-10", "berth-9", "berth-1", "berth-2", "a100b2", "a100b10", "a99", "", "10", "9"]
        #expect(
            names.inNaturalOrder { $0 } == [
                "", "9", "10", "a99", "a100b2", "a100b10", "berth-1", "berth-2", "berth-9", "berth-10",
            ])
    }

    @Test("the order is total, whatever the zeros and the length of the numbers")
    func total() {
        let names = [
            "n", "n0", "n00", "n1", "n01", "n1a", "n01a", "n2", "n99999999999999999999999", "n100000000000000000000000",
            "nä", "n-1", "1", "01",
        ]
        for left in names {
            #expect(!NaturalOrder.precedes(left, left))
            for right in names where left != right {
                #expect(NaturalOrder.precedes(left, right) != NaturalOrder.precedes(right, left), "\(left) \(right)")
                for third in names where NaturalOrder.precedes(left, right) && NaturalOrder.precedes(right, third) {
                    #expect(NaturalOrder.precedes(left, third), "\(left) \(right) \(third)")
                }
            }
        }
    }
}
