/// The boot token of a boot script, as the installer finds it on its kernel line.
///
/// - Throws: `Trouble` for a script without one, such as that of a machine that boots its disk.
package func bootToken(in script: String) throws -> String {
    let words = script.split { $0 == " " || $0 == "\n" }
    guard let word = words.first(where: { $0.hasPrefix("boatyard.token=") }) else {
        throw Trouble("no token in \(script)")
    }
    return String(word.dropFirst("boatyard.token=".count))
}
