/// The version of every program of this package; `packaging/debian/changelog` says the same.
package let boatyardVersion = "0.1.0"
