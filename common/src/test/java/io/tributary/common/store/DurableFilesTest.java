package io.tributary.common.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.store.DurableFiles.Access;
import io.tributary.common.store.DurableFiles.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
  private static final byte[] OLD = "old".getBytes(StandardCharsets.UTF_8);
  private static final byte[] NEW = "newer".getBytes(StandardCharsets.UTF_8);

  @TempDir Path directory;

  @Test
  void replacesTheWholeFileAndLeavesNothingElse() throws IOException {
    Path target = directory.resolve("model");
    DurableFiles.write(target, OLD);
    DurableFiles.write(target, out -> out.write(NEW));
    assertThat(target).hasBinaryContent(NEW);
    assertThat(names()).containsExactly("model");
  }

  @Test
  void createsOwnerOnlyFilesAndDirectories() throws IOException {
    Path deep = directory.resolve("a/b");
    DurableFiles.createOwnerOnlyDirectories(deep);
    Path key = deep.resolve("key");
    DurableFiles.writeAll(
        List.of(
            new Entry(
                key,
                Access.OWNER_ONLY,
                out -> {
                  // Owner-only already while it is being written, under its temporary name.
                  try (Stream<Path> files = Files.list(deep)) {
                    assertThat(files.map(DurableFilesTest::permissions))
                        .containsExactly("rw-------");
                  }
                  out.write(OLD);
                })));
    assertThat(permissions(key)).isEqualTo("rw-------");
    assertThat(permissions(deep)).isEqualTo("rwx------");
    assertThat(permissions(deep.getParent())).isEqualTo("rwx------");
  }

  @Test
  void replacingAnOpenFileByAnOwnerOnlyOneClosesIt() throws IOException {
    Path token = directory.resolve("token");
    DurableFiles.write(token, OLD);
    DurableFiles.writeOwnerOnly(token, NEW);
    assertThat(permissions(token)).isEqualTo("rw-------");
  }

  @Test
  void keepsEveryOldFileWhenOneOfSeveralFails() throws IOException {
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");
    DurableFiles.write(first, OLD);
    List<Entry> entries =
        List.of(
            new Entry(first, Access.SHARED, out -> out.write(NEW)),
            new Entry(
                second,
                Access.OWNER_ONLY,
                out -> {
                  out.write(NEW);
                  throw new IOException("disk full");
                }));
    assertThatThrownBy(() -> DurableFiles.writeAll(entries)).hasMessage("disk full");
    assertThat(first).hasBinaryContent(OLD);
    assertThat(names()).containsExactly("first");
  }

  @Test
  void keepsTheOldFileWhenTheDirectoryIsGone() {
    assertThatThrownBy(() -> DurableFiles.write(directory.resolve("no/file"), NEW))
        .isInstanceOf(IOException.class);
    assertThat(directory.resolve("no")).doesNotExist();
  }

  @Test
  void publishesAFinishedSpool() throws IOException {
    Path spool = directory.resolve("spool" + DurableFiles.TEMPORARY_SUFFIX);
    Files.write(spool, NEW);
    DurableFiles.publish(spool, directory.resolve("blob"));
    assertThat(directory.resolve("blob")).hasBinaryContent(NEW);
    assertThat(names()).containsExactly("blob");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static String permissions(Path path) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
