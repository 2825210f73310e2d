package io.tributary.simulation.faults.disk;

import java.util.TreeMap;

/**
 * A directory: its entries as the running system sees them, and as they would be found after a
 * power cut. Both are ordered by name, so that listing is the same in every run.
 */
final class DirectoryNode extends DiskNode {
  final TreeMap<String, DiskNode> entries = new TreeMap<>();
  final TreeMap<String, DiskNode> durable = new TreeMap<>();
}
