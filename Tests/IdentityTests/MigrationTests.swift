import Primitives
import Store
import Testing

@testable import Identity

@Suite("Identity's tables")
struct IdentityMigrationTests {
    @Test("they come after those of the other services")
    func number() { #expect(Migration.identity.number == 5) }
}
