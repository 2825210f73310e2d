package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.LogFile;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.notary.StatementException;
import io.tributary.common.wire.v1.SignedStatement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SiteLogTest {
  private static final LogEntry.Folded OTHER =
      new LogEntry.Folded("ffffffffffffffffffffffffffffffff", Statements.digest("other"), 7);

  @TempDir private Path directory;

  private final List<SignedStatement> entries = new ArrayList<>();
  private TestFederation federation;
  private Notary notary;
  private SiteLog log;

  @BeforeEach
  void open() {
    federation = new TestFederation(directory.resolve("certificates"));
    notary = federation.notary();
    log = reopened();
    entries.add(notary.sign(Statements.first()));
    for (int round = 1; round <= 4; round++) {
      entries.add(
          notary.sign(
              Statements.round(round, StatementBodies.hash(entries.get(round - 1)), OTHER)));
    }
  }

  private SiteLog reopened() {
    return new SiteLog(
        SiteHome.open(directory.resolve("home")).log(), new CertifiedVerifier(federation.root()));
  }

  private Path file() {
    return directory.resolve("home/log/" + TestJobs.RUN + ".tlog");
  }

  private SiteLog.Added add(int sequence) throws Exception {
    return log.add(TestJobs.RUN, entries.get(sequence)).what();
  }

  private List<SignedStatement> kept() throws Exception {
    List<SignedStatement> kept = new ArrayList<>();
    LogFile.read(file(), kept::add);
    return kept;
  }

  @Test
  void keepsEachEntryOnceAndInOrder() throws Exception {
    assertThat(add(0)).isEqualTo(SiteLog.Added.NEW);
    assertThat(add(1)).isEqualTo(SiteLog.Added.NEW);
    assertThat(add(3)).isEqualTo(SiteLog.Added.GAP);
    assertThat(add(0)).isEqualTo(SiteLog.Added.KNOWN);
    assertThat(add(1)).isEqualTo(SiteLog.Added.KNOWN);
    assertThat(add(2)).isEqualTo(SiteLog.Added.NEW);

    assertThat(kept()).isEqualTo(entries.subList(0, 3));
    assertThat(log.next(TestJobs.RUN)).isEqualTo(3);
  }

  @Test
  void goesOnWhereAnEarlierProcessEnded() throws Exception {
    add(0);
    add(1);
    log = reopened();

    assertThat(add(1)).isEqualTo(SiteLog.Added.KNOWN);
    assertThat(add(2)).isEqualTo(SiteLog.Added.NEW);
    assertThat(kept()).isEqualTo(entries.subList(0, 3));
  }

  @Test
  void cutsOffAnEntryThatACrashLeftHalfWritten() throws Exception {
    add(0);
    add(1);
    byte[] bytes = Files.readAllBytes(file());
    Files.write(file(), Arrays.copyOf(bytes, bytes.length - 3));
    log = reopened();

    assertThat(log.next(TestJobs.RUN)).isEqualTo(1);
    assertThat(add(1)).isEqualTo(SiteLog.Added.NEW);
    assertThat(kept()).isEqualTo(entries.subList(0, 2));
  }

  @Test
  void startsAnewWhenTheFirstEntryWasHalfWritten() throws Exception {
    Files.write(file(), new byte[] {(byte) 0x90});

    assertThat(log.next(TestJobs.RUN)).isZero();
    assertThat(add(0)).isEqualTo(SiteLog.Added.NEW);
    assertThat(kept()).isEqualTo(entries.subList(0, 1));
  }

  @Test
  void keepsADamagedLogBesideItsSoundPart() throws Exception {
    add(0);
    add(1);
    add(2);
    byte[] bytes = Files.readAllBytes(file());
    bytes[bytes.length - 700] ^= 1;
    Files.write(file(), bytes);
    log = reopened();

    int sound = log.next(TestJobs.RUN);

    assertThat(sound).isLessThan(3);
    assertThat(directory.resolve("home/log/damaged/" + TestJobs.RUN + "-0.tlog"))
        .hasBinaryContent(bytes);
    for (int i = sound; i < 3; i++) {
      assertThat(add(i)).isEqualTo(SiteLog.Added.NEW);
    }
    assertThat(kept()).isEqualTo(entries.subList(0, 3));
  }

  @Test
  void keepsAnEntryThatContradictsAnOlderOneAsEvidence() throws Exception {
    add(0);
    add(1);
    add(2);
    LogEntry.Folded changed = new LogEntry.Folded(OTHER.pseudonym(), OTHER.updateDigest(), 8);
    SignedStatement fork =
        notary.sign(Statements.round(1, StatementBodies.hash(entries.get(0)), changed));

    try (LogCapture said = new LogCapture(SiteLog.class.getName())) {
      assertThat(log.add(TestJobs.RUN, fork).what()).isEqualTo(SiteLog.Added.FORK);
      assertThat(said.lines()).anyMatch(line -> line.contains("TWO HISTORIES"));
    }

    assertThat(reopened().hasForked(TestJobs.RUN)).isTrue();
    assertThat(reopened().hasForked("another.01234567")).isFalse();
    assertThat(kept()).isEqualTo(entries.subList(0, 3));
    try (var evidence = Files.list(directory.resolve("home/log/forks/" + TestJobs.RUN))) {
      List<SignedStatement> held = new ArrayList<>();
      LogFile.read(evidence.toList().get(0), held::add);
      assertThat(held).containsExactly(fork);
    }
  }

  @Test
  void takesANextEntryThatDoesNotFollowForAFork() throws Exception {
    add(0);
    add(1);
    SignedStatement elsewhere = notary.sign(Statements.round(2, Statements.digest("x"), OTHER));

    assertThat(log.add(TestJobs.RUN, elsewhere).what()).isEqualTo(SiteLog.Added.FORK);
    assertThat(kept()).isEqualTo(entries.subList(0, 2));
  }

  @Test
  void keepsBoundedEvidence() throws Exception {
    add(0);
    add(1);
    for (int i = 0; i < SiteLog.MAX_EVIDENCE + 5; i++) {
      log.add(TestJobs.RUN, notary.sign(Statements.round(2, Statements.digest("x" + i), OTHER)));
    }

    try (var evidence = Files.list(directory.resolve("home/log/forks/" + TestJobs.RUN))) {
      assertThat(evidence).hasSize(SiteLog.MAX_EVIDENCE);
    }
  }

  @Test
  void believesNothingOfAnotherAuthorityOrRun() {
    Notary foreign = new TestFederation(directory.resolve("foreign")).notary();

    assertThatThrownBy(() -> log.add(TestJobs.RUN, foreign.sign(Statements.first())))
        .isInstanceOf(StatementException.class)
        .hasMessageContaining("another authority");
    assertThatThrownBy(() -> log.add("another.01234567", entries.get(0)))
        .isInstanceOf(StatementException.class)
        .hasMessageContaining("not of another.01234567");
    assertThat(file()).doesNotExist();
  }

  @Test
  void keepsItsFilesToTheOwner() throws Exception {
    add(0);
    add(1);

    assertThat(Files.getPosixFilePermissions(file())).hasSize(2);
    Files.write(file(), new byte[] {5}, StandardOpenOption.APPEND);
    reopened().next(TestJobs.RUN);
    assertThat(Files.getPosixFilePermissions(file())).hasSize(2);
  }
}
