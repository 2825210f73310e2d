package io.tributary.common.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewTargetTest {
  private static final byte[] TEXT = "text".getBytes(StandardCharsets.UTF_8);

  @TempDir Path parent;
  private Path target;

  @BeforeEach
  void name() {
    target = parent.resolve("target");
  }

  private static void fill(Path unfinished) throws IOException {
    DurableFiles.write(unfinished.resolve("inner"), TEXT);
  }

  @Test
  void aDirectoryAppearsWholeAlsoInPlaceOfAnEmptyOne() throws IOException {
    Files.createDirectory(target);
    NewTarget.directory(
        target,
        unfinished -> {
          fill(unfinished);
          assertThat(target).isEmptyDirectory();
        });
    assertThat(target.resolve("inner")).hasContent("text");
    assertThat(parent.toFile().list()).containsExactly("target");
  }

  @Test
  void parentsAreMade() throws IOException {
    NewTarget.directory(target.resolve("a"), NewTargetTest::fill);
    NewTarget.file(target.resolve("b").resolve("c"), out -> out.write(TEXT));
    assertThat(target.resolve("a").resolve("inner")).exists();
    assertThat(target.resolve("b").resolve("c")).hasContent("text");
  }

  /** As on a full disk: part of it is written when writing fails. */
  @Test
  void nothingIsLeftOfWhatFails() {
    assertThatThrownBy(
            () ->
                NewTarget.directory(
                    target,
                    unfinished -> {
                      fill(unfinished);
                      throw new IOException("No space left on device");
                    }))
        .hasMessage("No space left on device");
    assertThatThrownBy(
            () ->
                NewTarget.file(
                    target,
                    out -> {
                      out.write(TEXT);
                      throw new IOException("No space left on device");
                    }))
        .hasMessage("No space left on device");
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void whatIsThereStaysAndNothingIsWritten() throws IOException {
    Files.createDirectory(target);
    fill(target);
    NewTarget.Content never =
        unfinished -> {
          throw new AssertionError("asked to write " + unfinished);
        };
    assertThatThrownBy(() -> NewTarget.directory(target, never))
        .isInstanceOf(FileAlreadyExistsException.class);
    Path file = target.resolve("inner");
    assertThatThrownBy(() -> NewTarget.directory(file, never))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> NewTarget.file(target, out -> never.writeTo(target)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> NewTarget.file(file, out -> never.writeTo(file)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("text");
  }

  /** A link that leads nowhere is something, too: through it, another place would be written. */
  @Test
  void aDanglingLinkIsNotFollowed() throws IOException {
    Files.createSymbolicLink(target, parent.resolve("nowhere"));
    assertThatThrownBy(() -> NewTarget.file(target, out -> out.write(TEXT)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> NewTarget.directory(target, NewTargetTest::fill))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void whatAppearsMeanwhileStays() {
    assertThatThrownBy(
            () ->
                NewTarget.file(
                    target,
                    out -> {
                      out.write(TEXT);
                      Files.writeString(target, "other");
                    }))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(
            () ->
                NewTarget.directory(
                    parent.resolve("directory"),
                    unfinished -> {
                      fill(unfinished);
                      Files.createDirectory(parent.resolve("directory"));
                      fill(parent.resolve("directory"));
                    }))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(target).hasContent("other");
  }
}
