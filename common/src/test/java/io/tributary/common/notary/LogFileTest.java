package io.tributary.common.notary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.wire.v1.SignedStatement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {
  private static final SigningAuthority AUTHORITY = new SigningAuthority();
  private static final List<SignedStatement> LOG = Statements.log(AUTHORITY.notary(), 3);
  private static Path scratch;

  @TempDir Path directory;

  @BeforeContainer
  static void makeScratch() throws IOException {
    scratch = Files.createTempFile("log", LogFile.SUFFIX);
  }

  @AfterContainer
  static void deleteScratch() throws IOException {
    Files.delete(scratch);
  }

  private static byte[] bytes(List<SignedStatement> log) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      for (SignedStatement entry : log) {
        LogFile.write(entry, out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static List<SignedStatement> read(Path file) throws IOException, StatementException {
    List<SignedStatement> read = new ArrayList<>();
    LogFile.read(file, read::add);
    return read;
  }

  @Test
  void entriesComeBackAsTheyWere() throws IOException, StatementException {
    Path file = Files.write(directory.resolve("a.tlog"), bytes(LOG));
    assertThat(read(file)).isEqualTo(LOG);
    assertThat(read(Files.write(file, new byte[0]))).isEmpty();
  }

  /** Whatever byte of a file is changed: it reads as no log, or the chain breaks. */
  @Property(tries = 2000)
  void anyChangedByteIsFound(
      @ForAll @IntRange(min = 0, max = 99_999) int position,
      @ForAll @IntRange(min = 1, max = 255) int change)
      throws IOException {
    byte[] changed = bytes(LOG);
    changed[position % changed.length] ^= (byte) change;
    Files.write(scratch, changed);
    LogChain chain = new LogChain(AUTHORITY.verifier());
    assertThatThrownBy(() -> LogFile.read(scratch, chain::append))
        .isInstanceOf(StatementException.class);
  }

  @Property
  void aFileCutAnywhereKeepsItsWholeEntriesAndSaysThatItIsCut(
      @ForAll @IntRange(min = 0, max = 99_999) int length) throws IOException {
    byte[] whole = bytes(LOG);
    int kept = length % whole.length;
    Files.write(scratch, Arrays.copyOf(whole, kept));
    List<SignedStatement> read = new ArrayList<>();
    try {
      LogFile.read(scratch, read::add);
      assertThat(bytes(read)).hasSize(kept);
    } catch (StatementException e) {
      assertThat(e).hasMessageContaining("it was cut off");
    }
    assertThat(read).isEqualTo(LOG.subList(0, read.size()));
  }

  @Property
  void arbitraryBytesAreNoGoodLog(@ForAll @Size(min = 1, max = 300) byte[] bytes)
      throws IOException {
    Files.write(scratch, bytes);
    LogChain chain = new LogChain(AUTHORITY.verifier());
    assertThatThrownBy(() -> LogFile.read(scratch, chain::append))
        .isInstanceOf(StatementException.class);
  }

  @Test
  void anEntryOverItsBoundIsRefusedUnread() throws IOException {
    Path file = Files.writeString(directory.resolve("text"), "\u00ff\u00ff\u00ff a text file");
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(StatementException.class)
        .hasMessageContaining("no transparency log");
  }
}
