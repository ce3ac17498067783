/// `/etc/mdadm/mdadm.conf`.
enum ArrayConfiguration {
    /// Arrays by UUID, and without the name of the host: an array keeps its name when the host gets another one.
    static func file(_ arrays: [ArrayCreation]) -> TargetFile {
        var lines = ["HOMEHOST <ignore>", "MAILADDR root"]
        lines += arrays.map { "ARRAY /dev/md/\($0.name) metadata=1.2 UUID=\($0.uuid)" }
        return TargetFile("/etc/mdadm/mdadm.conf", lines.joined(separator: "\n") + "\n")
    }
}
