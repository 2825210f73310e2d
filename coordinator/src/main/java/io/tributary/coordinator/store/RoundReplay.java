package io.tributary.coordinator.store;

import java.util.Optional;

/**
 * What came of folding one round of a log again.
 *
 * @param round from 0, which is made from specification and seed
 * @param expected SHA-256 of the weights that the log says the round gave, in hex
 * @param actual SHA-256 of what the replay gave; none when it could not be made
 * @param outcome of the comparison
 * @param detail why it could not be made, or that only the optimizer's state differs, for people;
 *     empty otherwise
 */
public record RoundReplay(
    int round, String expected, Optional<String> actual, Outcome outcome, String detail) {
  /** How the replay compares with the log. */
  public enum Outcome {
    /** The same digest, bit for bit. */
    REPRODUCED,
    /** Another model or optimizer state: log, updates or base are not what they were. */
    DIFFERENT,
    /** An update or the base is not there, or not what the log names. */
    NOT_REPLAYABLE
  }

  static RoundReplay compared(int round, String expected, String actual) {
    return new RoundReplay(
        round,
        expected,
        Optional.of(actual),
        actual.equals(expected) ? Outcome.REPRODUCED : Outcome.DIFFERENT,
        "");
  }

  /** The model is the log's, but what the server's optimizer remembers is not. */
  static RoundReplay differentState(
      int round, String model, String expectedState, String actualState) {
    return new RoundReplay(
        round,
        model,
        Optional.of(model),
        Outcome.DIFFERENT,
        "the model is the log's, but the optimizer's state has digest "
            + actualState
            + " and the log names "
            + (expectedState.isEmpty() ? "none" : expectedState));
  }

  static RoundReplay impossible(int round, String expected, String why) {
    return new RoundReplay(round, expected, Optional.empty(), Outcome.NOT_REPLAYABLE, why);
  }
}
