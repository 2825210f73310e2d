package io.tributary.coordinator.store;

/** Which published models stay on disk. */
public enum ModelRetention {
  /** The head, and the one before it, which sites may still be fetching. */
  HEAD_AND_PREVIOUS,
  /** Every one: replaying the log starts from them. */
  ALL
}
