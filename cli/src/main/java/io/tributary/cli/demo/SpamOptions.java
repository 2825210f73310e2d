package io.tributary.cli.demo;

import io.tributary.common.job.JobSpec;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What the user chose for the spam demo.
 *
 * @param sites most sites: the largest mailing lists
 * @param rounds how many; null for as many as the tuning is meant for
 * @param seed of the head's first weights, splits and batches
 * @param tune what is trained
 * @param data the corpus: a directory or an archive; null to fetch it
 * @param model pretrained weights, as {@code model import --from} takes them; null to find MiniLM
 * @param home where its files go; null for a temporary directory
 * @param keep whether the files stay
 * @param baseline whether each site also trains alone, and all their mails together
 * @param json whether the last line is one JSON object
 */
public record SpamOptions(
    int sites,
    Integer rounds,
    long seed,
    Tune tune,
    Path data,
    Path model,
    Path home,
    boolean keep,
    boolean baseline,
    boolean json) {
  /** More than the corpus has lists of some size. */
  public static final int MAX_SITES = 24;

  /** What is trained. */
  public enum Tune {
    /** A linear head on what the encoder makes of each mail. */
    HEAD(20),
    /** The head and low-rank adapters in the encoder. */
    LORA(3),
    /** Everything. */
    FULL(2);

    private final int rounds;

    Tune(int rounds) {
      this.rounds = rounds;
    }

    /** Rounds without a choice of the user's. */
    int rounds() {
      return rounds;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks the numbers that no other record checks. */
  public SpamOptions {
    rounds = rounds == null ? Integer.valueOf(tune.rounds()) : rounds;
    if (rounds < 1 || rounds > JobSpec.MAX_ROUNDS) {
      throw new IllegalArgumentException(
          "--rounds is " + rounds + " but must be 1 to " + JobSpec.MAX_ROUNDS);
    }
    if (sites < 2 || sites > MAX_SITES) {
      throw new IllegalArgumentException("--sites is " + sites + " but must be 2 to " + MAX_SITES);
    }
  }
}
