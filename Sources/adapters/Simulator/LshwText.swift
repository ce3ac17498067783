import Primitives

/// An inventory in the form that `lshw -xml` prints, as far as device aliases need it: bus information and logical names.
enum LshwText {
    static func describe(_ machine: MachineDescription) -> String {
        var text = "<?xml version=\"1.0\" standalone=\"yes\" ?>\n<list>\n<node id=\"machine\" class=\"system\">\n"
        for (index, interface) in machine.interfaces.enumerated() {
            text += "<node id=\"network:\(index)\" class=\"network\" handle=\"PCI\">\n"
            text += "<logicalname>\(escaped(interface.name))</logicalname>\n"
            if let address = interface.address { text += "<businfo>pci@\(escaped(address))</businfo>\n" }
            text += "<serial>\(interface.mac)</serial>\n</node>\n"
        }
        for (index, disk) in machine.disks.enumerated() {
            text += "<node id=\"disk:\(index)\" class=\"disk\" handle=\"SCSI\">\n"
            text += "<logicalname>/dev/\(escaped(disk.name))</logicalname>\n"
            if let address = disk.address {
                text += "<businfo>\(escaped(disk.bus ?? "scsi"))@\(escaped(address))</businfo>\n"
            }
            text += "<size units=\"bytes\">\(disk.size)</size>\n</node>\n"
        }
        return text + "</node>\n</list>\n"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
