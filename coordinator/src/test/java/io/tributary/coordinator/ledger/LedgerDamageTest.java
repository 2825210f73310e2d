package io.tributary.coordinator.ledger;

import static io.tributary.coordinator.ledger.Rows.NORTH;
import static io.tributary.coordinator.ledger.Rows.RUN;
import static io.tributary.coordinator.ledger.Rows.SOUTH;
import static io.tributary.coordinator.ledger.Rows.WEST;
import static io.tributary.coordinator.ledger.Rows.digest;
import static io.tributary.coordinator.ledger.Rows.working;
import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.SiteName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes of a filled ledger are overwritten at random: a clear message, or the right answers. */
class LedgerDamageTest {
  private static final int TRIES = 200;
  private static final int MAX_BYTES = 64;

  @TempDir Path home;
  private Path file;
  private byte[] sound;
  private List<Object> truth;

  @BeforeEach
  void fill() throws IOException {
    file = home.resolve("ledger.db");
    try (Ledger ledger = SqliteLedger.open(file, home.resolve("native"))) {
      Rows.begin(ledger);
      for (int round = 1; round <= 4; round++) {
        Rows.playRound(ledger, round);
      }
      ledger.openAttempt(RUN, 5, 1, digest(4), working(1, NORTH, SOUTH, WEST));
      for (int i = 0; i < 40; i++) {
        ledger.commitUpload(Rows.upload(5, 1, new SiteName("site-" + i), "u".repeat(64)));
      }
      ledger.abortAttempt(RUN, 5, 1, "too few", false, java.util.Set.of(), List.of());
      ledger.openAttempt(RUN, 5, 2, digest(4), working(2, NORTH, SOUTH, WEST));
      ledger.commitUpload(Rows.upload(5, 2, WEST, "u"));
      truth = everything(ledger);
    }
    sound = Files.readAllBytes(file);
  }

  @Test
  void isNeverReadAsIfNothingHadHappened() throws IOException {
    int told = 0;
    for (int seed = 0; seed < TRIES; seed++) {
      Random random = new Random(seed);
      byte[] bytes = sound.clone();
      int at = random.nextInt(bytes.length);
      int length = Math.min(bytes.length - at, 1 + random.nextInt(MAX_BYTES));
      for (int i = 0; i < length; i++) {
        bytes[at + i] ^= (byte) (1 + random.nextInt(255));
      }
      told += tells(bytes, "seed " + seed + ", " + length + " bytes from " + at) ? 1 : 0;
    }
    assertThat(told).as("damage that was noticed").isGreaterThan(TRIES / 3);
  }

  @Test
  void isNeverReadAsIfNothingHadHappenedWhenABitFlips() throws IOException {
    int told = 0;
    for (int seed = 0; seed < TRIES; seed++) {
      Random random = new Random(seed);
      byte[] bytes = sound.clone();
      int at = random.nextInt(bytes.length);
      bytes[at] ^= (byte) (1 << random.nextInt(8));
      told += tells(bytes, "seed " + seed + ", a bit of byte " + at) ? 1 : 0;
    }
    assertThat(told).as("damage that was noticed").isGreaterThan(TRIES / 4);
  }

  @Test
  void isNeverReadAsIfNothingHadHappenedWhenItsEndIsCutOff() throws IOException {
    for (int pages = 1; pages < sound.length / 4096; pages++) {
      assertThat(tells(java.util.Arrays.copyOf(sound, 4096 * pages), pages + " pages")).isTrue();
    }
  }

  /** False when the damage lies where nothing is. */
  private boolean tells(byte[] bytes, String damage) throws IOException {
    for (String left : List.of("-wal", "-shm")) {
      Files.deleteIfExists(home.resolve("ledger.db" + left));
    }
    Files.write(file, bytes);
    try (Ledger ledger = SqliteLedger.open(file, home.resolve("native"))) {
      assertThat(everything(ledger)).as(damage).isEqualTo(truth);
      return false;
    } catch (UserErrorException | LedgerException e) {
      assertThat(e.getMessage())
          .as(damage)
          .contains(file.toString())
          .containsAnyOf("Nothing was deleted", "Nothing was changed");
      return true;
    }
  }

  private static List<Object> everything(Ledger ledger) {
    return Rows.everything(ledger, 6, NORTH, SOUTH, WEST);
  }
}
