import Glibc
import Primitives
import YAML

extension Settings {
    /// Where the configuration is looked for.
    package static let defaultFile = "/etc/boatyard/boatyard.yaml"

    /// Reads a file.
    ///
    /// - Parameter isRequired: whether a missing file is an error rather than all defaults.
    /// - Throws: `SettingsError`.
    package static func load(
        file: String, isRequired: Bool, environment: [String: String]
    ) throws -> Settings {
        guard let bytes = try contents(of: file) else {
            if isRequired {
                throw SettingsError(place: file, message: "there is no such file, expected a configuration in YAML")
            }
            return try Settings(file: file, bytes: [], environment: environment)
        }
        return try Settings(file: file, bytes: bytes, environment: environment)
    }

    /// - Parameters:
    ///   - file: for messages.
    ///   - environment: variables beginning with `BOATYARD_` override settings; a misspelt one is refused.
    /// - Throws: `SettingsError`.
    package init(file: String, bytes: [UInt8], environment: [String: String]) throws {
        let root: MarkedNode?
        do {
            root = try YAML.loadMarked(bytes)
        } catch {
            throw SettingsError(
                place: "\(file):\(error.line)", message: "column \(error.column): \(error.problem), expected YAML")
        }
        var reader = try SettingsReader(file: file, root: root, environment: environment)
        try self.init(&reader)
        try reader.finish()
        try reader.refuseUnknownVariables()
    }

    /// Nil if there is no such file.
    static func contents(of file: String) throws -> [UInt8]? {
        if access(file, F_OK) != 0, errno == ENOENT { return nil }
        do {
            return try FileContents.read(file, limit: 1 << 20)
        } catch {
            throw SettingsError(place: file, message: "\(error.message) A readable file was expected.")
        }
    }
}
