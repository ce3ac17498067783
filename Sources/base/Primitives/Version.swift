/// The version of every program of this package. `packaging/lint` compares it with the changelogs.
package let boatyardVersion = "0.1.0"
