package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.common.notary.Ed25519Notary;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.LogFile;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.tls.CertificateFiles;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.SignedStatement;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A site sees whether its updates were counted, by sentence and by exit code. */
final class ReceiptsCommandTest {
  private static final String RUN = "shakespeare.01234567";
  private static final String PSEUDONYM = "0123456789abcdef0123456789abcdef";

  @TempDir private Path directory;

  private Notary notary;
  private Path config;
  private Path home;

  private record Ran(int exitCode, String out) {}

  private Ran run(Object... words) {
    StringWriter out = new StringWriter();
    CommandLine commandLine =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
    int exitCode =
        commandLine.execute(Stream.of(words).map(String::valueOf).toArray(String[]::new));
    return new Ran(exitCode, out.toString());
  }

  private Ran verify(Object... more) {
    return run(
        Stream.concat(
                Stream.of("client", "receipts", "verify", "--config", config), Stream.of(more))
            .toArray());
  }

  @BeforeEach
  void makeSite() throws IOException {
    Path pki = directory.resolve("pki");
    CertificateAuthority authority =
        new CertificateAuthority(pki, Clock.systemUTC(), Validity.DEFAULT);
    authority.init(HostNames.LOCAL, false);
    authority.issueSite(new SiteName("north"), false);
    notary =
        new Ed25519Notary(
            TlsMaterial.load(
                CertificateRole.RECEIPTS,
                pki.resolve(CertificateFiles.RECEIPTS),
                pki.resolve(CertificateFiles.RECEIPTS_KEY),
                pki.resolve(CertificateFiles.ROOT),
                Clock.systemUTC()));
    Path site;
    try (var found = Files.walk(pki)) {
      site =
          found
              .filter(file -> file.getFileName().toString().equals(CertificateFiles.SITE))
              .findFirst()
              .orElseThrow()
              .getParent();
    }
    home = directory.resolve("home");
    config =
        Files.writeString(
            directory.resolve("site.yaml"),
            """
            coordinator: {host: localhost, port: 1}
            tls: {certificate: %s, key: %s, ca: %s}
            home: home
            data: data
            """
                .formatted(
                    site.resolve(CertificateFiles.SITE),
                    site.resolve(CertificateFiles.SITE_KEY),
                    site.resolve(CertificateFiles.ROOT)));
  }

  private static Digest digest(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  private void receive(int round, long weight) throws IOException {
    SignedStatement receipt =
        notary.sign(
            new Receipt(
                new TaskId(RUN, round, 1, TaskId.Kind.TRAIN),
                new SiteName("north"),
                PSEUDONYM,
                digest("update " + round),
                weight,
                digest("model " + (round - 1)),
                Instant.now()));
    Path run = Files.createDirectories(home.resolve("receipts").resolve(RUN));
    Files.write(run.resolve(round + ".receipt"), receipt.toByteArray());
  }

  private void publish(long weight) throws IOException {
    SignedStatement first =
        notary.sign(
            new LogEntry(
                RUN,
                0,
                LogEntry.NOTHING,
                digest("job"),
                0,
                LogEntry.NOTHING,
                List.of(),
                List.of(),
                digest("model 0"),
                Instant.now()));
    SignedStatement second =
        notary.sign(
            new LogEntry(
                RUN,
                1,
                StatementBodies.hash(first),
                digest("job"),
                1,
                digest("model 0"),
                List.of(new LogEntry.Folded(PSEUDONYM, digest("update 1"), weight)),
                List.of(),
                digest("model 1"),
                Instant.now()));
    Files.createDirectories(home.resolve("log"));
    try (OutputStream out = Files.newOutputStream(home.resolve("log/" + RUN + ".tlog"))) {
      LogFile.write(first, out);
      LogFile.write(second, out);
    }
  }

  @Test
  void saysThatEveryUpdateIsCountedOnce() throws Exception {
    receive(1, 48_000);
    publish(48_000);

    Ran ran = verify();

    assertThat(ran.out())
        .contains("counted  " + RUN + " round 1", "counted once with weight 48000")
        .contains("1 receipts: 1 counted once, 0 pending, 0 contradicted");
    assertThat(ran.exitCode()).isZero();
  }

  @Test
  void endsWithOneWhenTheLogIsNotThereYet() throws Exception {
    receive(1, 48_000);
    receive(2, 48_000);
    publish(48_000);

    Ran ran = verify();

    assertThat(ran.out()).contains("1 counted once, 1 pending", "the log ends with entry 1");
    assertThat(ran.exitCode()).isEqualTo(1);
  }

  @Test
  void endsWithThreeWhenTheLogHasAnotherWeight() throws Exception {
    receive(1, 48_000);
    publish(4_800);

    Ran ran = verify("--output", "json");

    assertThat(ran.out())
        .startsWith("{\"receipts\":[")
        .contains("\"verdict\":\"CONTRADICTION\"", "with weight 4800, the receipt says 48000")
        .contains("\"site\":\"north\"");
    assertThat(ran.exitCode()).isEqualTo(3);
  }

  @Test
  void listsReceiptsWithoutALog() throws Exception {
    receive(1, 48_000);
    receive(2, 48_000);

    Ran ran = run("client", "receipts", "list", "--config", config);

    assertThat(ran.out().lines()).hasSize(2);
    assertThat(ran.out()).contains("weight 48000", digest("update 2").hex().substring(0, 12));
    assertThat(ran.exitCode()).isZero();
  }

  @Test
  void findsNothingInAHomeThatIsNotThereAndMakesNone() {
    assertThat(verify().out()).contains("0 receipts");
    assertThat(verify().exitCode()).isZero();
    assertThat(home).doesNotExist();
  }

  @Test
  void endsWithThreeOverAReceiptThatIsNone() throws Exception {
    Path run = Files.createDirectories(home.resolve("receipts").resolve(RUN));
    Files.writeString(run.resolve("1.receipt"), "counted, honestly");

    Ran ran = run("client", "receipts", "list", "--config", config);

    assertThat(ran.out()).contains("not a valid receipt of this site").doesNotContain("\tat ");
    assertThat(ran.exitCode()).isEqualTo(3);
  }
}
