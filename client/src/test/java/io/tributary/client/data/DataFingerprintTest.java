package io.tributary.client.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataFingerprintTest {
  @TempDir private Path directory;
  private Path file;
  private DataFingerprint before;

  @BeforeEach
  void write() throws IOException {
    file = Readings.write(directory.resolve("a/b.txt"), "text");
    before = look();
  }

  private DataFingerprint look() throws IOException {
    return DataFingerprint.of(DataSource.of(directory.toString()), Readings.LIMITS);
  }

  @Test
  void staysWhileNobodyTouchesTheFiles() throws IOException {
    assertThat(look()).isEqualTo(before);
    Readings.write(directory.resolve(".hidden"), "not read");
    assertThat(look()).isEqualTo(before);
  }

  @Test
  void changesWithSizeTimeNameAndNumber() throws IOException {
    Readings.write(file, "texts");
    DataFingerprint longer = look();
    assertThat(longer).isNotEqualTo(before);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
    DataFingerprint older = look();
    assertThat(older).isNotEqualTo(longer);
    Files.move(file, directory.resolve("a/c.txt"));
    DataFingerprint renamed = look();
    assertThat(renamed).isNotEqualTo(older);
    Readings.write(directory.resolve("empty.txt"), "");
    assertThat(look()).isNotEqualTo(renamed);
  }

  @Test
  void changesWhenAnotherFileOfTheSameSizeAndTimeTakesThePlace() throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    Path other = Readings.write(directory.resolve(".other"), "four");
    Files.setLastModifiedTime(other, time);
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(Files.getLastModifiedTime(file)).isEqualTo(time);
    if (Files.readAttributes(file, BasicFileAttributes.class).fileKey() != null) {
      assertThat(look()).isNotEqualTo(before);
    }
  }

  @Test
  void thereIsNoneOfNothing() {
    assertThatThrownBy(
            () -> DataFingerprint.of(DataSource.of(directory + "/none"), Readings.LIMITS))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("does not exist");
  }
}
