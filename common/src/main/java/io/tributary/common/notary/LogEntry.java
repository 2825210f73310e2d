package io.tributary.common.notary;

import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * One round in a run's append-only, hash-chained transparency log; entry 0 names the job and its
 * initial weights.
 *
 * @param runId the run
 * @param sequence the round, from 0
 * @param previousHash {@link StatementBodies#hash} of entry {@code sequence - 1}; zeros in entry 0
 * @param jobDigest SHA-256 of the job's canonical JSON as it was submitted
 * @param attempt that was published; 0 in entry 0
 * @param baseDigest SHA-256 of the weights that the round started from; zeros in entry 0
 * @param folded every update in the model, by pseudonym
 * @param dropped every other selected site, by pseudonym
 * @param resultDigest SHA-256 of the new weights
 * @param optimizerState SHA-256 of what the server's optimizer remembers after the round; none in
 *     entry 0, and for plain averaging. The next round starts from it as from the weights, so
 *     without it nobody could fold one round again, or tell that the state was exchanged
 * @param publishedAt by the coordinator's clock; cut to milliseconds
 */
public record LogEntry(
    String runId,
    int sequence,
    Digest previousHash,
    Digest jobDigest,
    int attempt,
    Digest baseDigest,
    List<Folded> folded,
    List<Dropped> dropped,
    Digest resultDigest,
    Optional<Digest> optimizerState,
    Instant publishedAt) {
  /** Of {@code LogEntryBody}. */
  public static final int FORMAT = 1;

  /**
   * Most sites, folded and dropped together: with {@link Dropped#MAX_REASON_CHARACTERS} it keeps
   * the largest entry within {@link StatementBodies#MAX_BODY_BYTES}, and so within one frame.
   */
  public static final int MAX_SITES = 4096;

  /** What stands for "nothing before" in entry 0. */
  public static final Digest NOTHING = Digest.of(new byte[Digest.BYTES]);

  /** Of a round whose server keeps no state. */
  public LogEntry(
      String runId,
      int sequence,
      Digest previousHash,
      Digest jobDigest,
      int attempt,
      Digest baseDigest,
      List<Folded> folded,
      List<Dropped> dropped,
      Digest resultDigest,
      Instant publishedAt) {
    this(
        runId,
        sequence,
        previousHash,
        jobDigest,
        attempt,
        baseDigest,
        folded,
        dropped,
        resultDigest,
        Optional.empty(),
        publishedAt);
  }

  /**
   * An update in the model.
   *
   * @param pseudonym whose
   * @param updateDigest digest of its manifest
   * @param weight it was folded with, at least 1
   */
  public record Folded(String pseudonym, Digest updateDigest, long weight) {
    /** Checks every part. */
    public Folded {
      Pseudonyms.require(pseudonym);
      Objects.requireNonNull(updateDigest, "updateDigest");
      StatementParts.atLeast("weight", weight, 1);
    }
  }

  /**
   * A selected site without a part in the model.
   *
   * @param pseudonym which
   * @param state {@code dropped}, {@code late} or {@code refused}
   * @param reason in the coordinator's words: 1 to {@link #MAX_REASON_CHARACTERS} printable ASCII
   *     characters
   */
  public record Dropped(String pseudonym, String state, String reason) {
    /** Longest reason. */
    public static final int MAX_REASON_CHARACTERS = 180;

    private static final Set<String> STATES = Set.of("dropped", "late", "refused");

    /** Checks every part. */
    public Dropped {
      Pseudonyms.require(pseudonym);
      if (!STATES.contains(state)) {
        throw new IllegalArgumentException(
            "a site without a part in the model is dropped, late or refused");
      }
      if (!reason.matches("[ -~]{1," + MAX_REASON_CHARACTERS + "}")) {
        throw new IllegalArgumentException(
            "a reason has 1 to " + MAX_REASON_CHARACTERS + " printable ASCII characters");
      }
    }

    /** Makes one of any reason, cut and cleaned to fit: publication must not fail for a word. */
    public static Dropped saying(String pseudonym, String state, String reason) {
      String clean = reason.replaceAll("[^ -~]", "?").strip();
      if (clean.isEmpty()) {
        clean = "no reason is known";
      }
      return new Dropped(
          pseudonym, state, clean.substring(0, Math.min(clean.length(), MAX_REASON_CHARACTERS)));
    }
  }

  /**
   * Copies the lists and checks every part.
   *
   * @throws IllegalArgumentException naming the part that is wrong
   */
  public LogEntry {
    folded = List.copyOf(folded);
    dropped = List.copyOf(dropped);
    Objects.requireNonNull(jobDigest, "jobDigest");
    Objects.requireNonNull(resultDigest, "resultDigest");
    publishedAt = StatementParts.instant("published at", publishedAt);
    if (!TaskId.isRunId(runId)) {
      throw new IllegalArgumentException("the run id breaks its grammar");
    }
    StatementParts.atLeast("sequence", sequence, 0);
    boolean first = sequence == 0;
    if (previousHash.equals(NOTHING) != first || baseDigest.equals(NOTHING) != first) {
      throw new IllegalArgumentException(
          "previous hash and base digest are zeros in entry 0 and in no other");
    }
    if (first && optimizerState.isPresent()) {
      throw new IllegalArgumentException("entry 0 has no optimizer state: no step was made yet");
    }
    if (first && attempt != 0) {
      throw new IllegalArgumentException("entry 0 belongs to no attempt");
    }
    StatementParts.atLeast("attempt", attempt, first ? 0 : 1);
    if (folded.isEmpty() != first || (first && !dropped.isEmpty())) {
      throw new IllegalArgumentException(
          "entry 0 names no sites, and every other at least one folded update");
    }
    if (folded.size() + dropped.size() > MAX_SITES) {
      throw new IllegalArgumentException(
          "an entry names at most "
              + MAX_SITES
              + " sites, not "
              + (folded.size() + dropped.size()));
    }
    requireSorted("folded", folded, Folded::pseudonym);
    requireSorted("dropped", dropped, Dropped::pseudonym);
    Set<String> counted = new HashSet<>();
    folded.forEach(update -> counted.add(update.pseudonym()));
    if (dropped.stream().anyMatch(site -> counted.contains(site.pseudonym()))) {
      throw new IllegalArgumentException("a site is both folded and dropped");
    }
  }

  /** Sorted and unique at once, so that an entry can be written in one way only. */
  private static <T> void requireSorted(String name, List<T> sites, Function<T, String> pseudonym) {
    for (int i = 1; i < sites.size(); i++) {
      if (pseudonym.apply(sites.get(i - 1)).compareTo(pseudonym.apply(sites.get(i))) >= 0) {
        throw new IllegalArgumentException(
            "the " + name + " sites are not in the order of their pseudonyms, each once");
      }
    }
  }
}
