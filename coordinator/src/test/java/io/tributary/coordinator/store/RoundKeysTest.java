package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** See {@link SpoolEncryptionTest} for the keys at work. */
class RoundKeysTest {
  @TempDir private Path directory;

  @Test
  void aKeyThatAKilledProcessWasAboutToNameIsDestroyedWithItsRound() throws IOException {
    RoundKeys keys = new RoundKeys(directory, "job.00000001", SpoolEncryption.NONE);
    Path unnamed = Files.write(directory.resolve("3.key.1234.tmp"), new byte[72]);
    Path other = Files.write(directory.resolve("4.key.5678.tmp"), new byte[72]);

    assertThat(keys.rounds()).isEmpty();
    assertThat(keys.unnamedRounds()).containsExactly(3, 4);
    keys.destroy(3);

    assertThat(unnamed).doesNotExist();
    assertThat(other).exists();
    assertThat(keys.unnamedRounds()).containsExactly(4);
  }
}
