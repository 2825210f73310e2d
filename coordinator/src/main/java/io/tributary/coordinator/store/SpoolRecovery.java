package io.tributary.coordinator.store;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.SpoolCipher;
import io.tributary.coordinator.ledger.UploadRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/**
 * Finds out after a restart whether every committed update is still what its receipt says: each
 * file is read once, at the speed of disk and hash, as many at a time as the pool has threads.
 */
final class SpoolRecovery {
  /** Damaged updates that one message names. */
  private static final int MOST_NAMED = 8;

  /**
   * A committed update that cannot be folded.
   *
   * @param row of it
   * @param what is wrong, for people
   */
  record Damage(UploadRow row, String what) {}

  private final SpoolFiles files;
  private final RoundKeys keys;
  private final Executor pool;

  SpoolRecovery(SpoolFiles files, RoundKeys keys, Executor pool) {
    this.files = files;
    this.keys = keys;
    this.pool = pool;
  }

  /** Checks each row's file; completes with those that are damaged, in the order of the rows. */
  CompletableFuture<List<Damage>> check(List<UploadRow> rows) {
    List<CompletableFuture<Optional<Damage>>> checks = new ArrayList<>();
    for (UploadRow row : rows) {
      checks.add(CompletableFuture.supplyAsync(() -> checkOne(row), pool));
    }
    return CompletableFuture.allOf(checks.toArray(CompletableFuture[]::new))
        .thenApply(nothing -> checks.stream().flatMap(check -> check.join().stream()).toList());
  }

  private Optional<Damage> checkOne(UploadRow row) {
    Path file = files.file(row.round(), row.attempt(), row.site());
    try {
      if (!Files.exists(file)) {
        return damage(row, file, "is missing");
      }
      if (Files.size(file) != row.totalBytes()) {
        return damage(row, file, "has " + Files.size(file) + " bytes but had " + row.totalBytes());
      }
      Digest expected = Digest.fromHex(row.digest());
      SpoolCipher cipher = keys.forReading(row.round(), row.attempt(), row.site(), expected);
      Digest actual = Manifest.of(file, row.chunkBytes(), cipher).digest();
      return actual.equals(expected)
          ? Optional.empty()
          : damage(row, file, "has digest " + actual + " but its receipt says " + expected);
    } catch (UserErrorException e) {
      return damage(row, file, "cannot be deciphered: " + e.getMessage());
    } catch (IOException e) {
      return damage(row, file, "cannot be read (" + e + ")");
    }
  }

  private static Optional<Damage> damage(UploadRow row, Path file, String what) {
    return Optional.of(new Damage(row, file + " " + what));
  }

  /** Says what is damaged and what is safe. */
  static UserErrorException refusal(String run, List<Damage> damages) {
    String named =
        damages.stream()
            .limit(MOST_NAMED)
            .map(
                damage ->
                    "site %s, round %d: %s"
                        .formatted(damage.row().site(), damage.row().round(), damage.what()))
            .collect(Collectors.joining("; "));
    int more = damages.size() - MOST_NAMED;
    return new UserErrorException(
        Kind.REFUSED,
        "run "
            + run
            + " cannot go on: updates that were accepted are damaged ("
            + named
            + (more > 0 ? "; and " + more + " more" : "")
            + "). Nothing was deleted. Put the file back from a backup and start again, or start"
            + " with --discard-damaged-updates: then the site is asked to train again and the log"
            + " says why");
  }
}
