import OrderedCollections

/// Names of packages and, where a version is asked for, that version.
package typealias PackageList = OrderedDictionary<String, String?>
