package io.tributary.coordinator.job;

/** Where the end of every attempt is written down; {@code rounds.jsonl} in a real process. */
@FunctionalInterface
public interface RoundJournal {
  /** Appends a record; returns at once. */
  void append(RoundRecord record);
}
