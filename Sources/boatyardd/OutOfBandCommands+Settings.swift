import Drydock
import Logging
import Primitives
import Settings
import SiteDesign

extension OutOfBandCommands {
    init(_ settings: Settings.OutOfBand, rehearsal: RehearsalMap?, logger: Logger) {
        let refuse: Command = { node, _ in
            throw BoatyardError("out_of_band.type", "\(node.name): there is no driver for its out-of-band type")
        }
        self.init(
            types: [], setNetworkBoot: refuse, powerCycle: refuse, powerOff: refuse,
            power: { node, _ in
                throw BoatyardError("out_of_band.type", "\(node.name): there is no driver for its out-of-band type")
            })
    }
}
