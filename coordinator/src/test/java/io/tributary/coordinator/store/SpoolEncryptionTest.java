package io.tributary.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolEncryptionTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir Path directory;

  private Path key() {
    Path file = directory.resolve("key");
    SpoolEncryption.createWrappingKey(file, RANDOM);
    return file;
  }

  private static void refused(Path file, String why) {
    assertThatThrownBy(() -> SpoolEncryption.withWrappingKey(file, RANDOM))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(why);
  }

  @Test
  void makesAKeyForItsOwnerOnlyAndNeverOverOne() throws IOException {
    Path file = key();
    assertThat(Files.size(file)).isEqualTo(32);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(SpoolEncryption.withWrappingKey(file, RANDOM).enabled()).isTrue();
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> SpoolEncryption.createWrappingKey(file, RANDOM))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("exists");
    assertThat(file).hasBinaryContent(before);
  }

  @Test
  void refusesAKeyThatIsMissingOrReadableByOthersOrOfAnotherLength() throws IOException {
    refused(directory.resolve("none"), "missing");
    Path file = key();
    for (String permissions : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
      refused(file, "chmod 600");
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.write(file, new byte[31]);
    refused(file, "has 31 bytes but must have 32");
  }

  @Test
  void aKeyUnwrapsWithItsWrappingKeyAndUnderItsLabelOnly() {
    SpoolEncryption encryption = SpoolEncryption.withWrappingKey(key(), RANDOM);
    byte[] roundKey = encryption.newRoundKey();
    byte[] wrapped = encryption.wrap(roundKey, "run|1");
    Path from = directory.resolve("1.key");
    assertThat(encryption.unwrap(wrapped, "run|1", from)).isEqualTo(roundKey);
    assertThat(encryption.wrap(roundKey, "run|1")).isNotEqualTo(wrapped);
    assertThatThrownBy(() -> encryption.unwrap(wrapped, "run|2", from))
        .hasMessageContaining("does not open with wrapping key");
    for (int i : new int[] {0, 4, 20, wrapped.length - 1}) {
      byte[] turned = wrapped.clone();
      turned[i] ^= 1;
      assertThatThrownBy(() -> encryption.unwrap(turned, "run|1", from))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining(from.toString());
    }
    assertThatThrownBy(() -> encryption.unwrap(new byte[3], "run|1", from))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("has 3 bytes");
  }
}
