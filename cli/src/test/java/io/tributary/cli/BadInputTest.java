package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.common.tls.SiteName;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What users get wrong ends in one clear sentence, an exit code, and no harm. */
@Timeout(120)
class BadInputTest {
  private static final String JOB =
      """
      name: job
      rounds: 1
      model: {width: 16, layers: 1, heads: 2, feed-forward-width: 32, context-length: 32}
      local: {learning-rate: 0.01, batch-size: 4, epochs: 1}
      round: {cohort: 1, start-wait-millis: 1000}
      """;

  @TempDir Path directory;
  private Path pki;

  private record Ran(int exitCode, String out, String err) {}

  private static Ran run(Object... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode =
        commandLine.execute(Stream.of(words).map(String::valueOf).toArray(String[]::new));
    return new Ran(exitCode, out.toString(), err.toString());
  }

  private static void refused(Ran ran, int exitCode, String... parts) {
    assertThat(ran.err()).contains(parts).doesNotContain("\tat ").doesNotContain("defect");
    assertThat(ran.exitCode()).as(ran.err()).isEqualTo(exitCode);
  }

  @BeforeEach
  void makeCertificates() {
    pki = directory.resolve("pki");
    CertificateAuthority authority =
        new CertificateAuthority(pki, Clock.systemUTC(), Validity.DEFAULT);
    authority.init(HostNames.LOCAL, false);
    authority.issueSite(new SiteName("north"), false);
  }

  private Path write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, text);
    return file;
  }

  private Path coordinator(int port, String certificate) throws IOException {
    return write(
        "coordinator.yaml",
        """
        listen: {host: 127.0.0.1, port: %d}
        admin: {port: 0}
        home: coordinator-home
        tls: {certificate: pki/%s.pem, key: pki/%s-key.pem, ca: pki/ca.pem}
        """
            .formatted(port, certificate, certificate));
  }

  private Path site(String folder, String files) throws IOException {
    return write(
        "site.yaml",
        """
        coordinator: {host: 127.0.0.1, port: 9}
        home: site-home
        data: data
        tls: {certificate: %s/%s.pem, key: %s/%s-key.pem, ca: pki/ca.pem}
        """
            .formatted(folder, files, folder, files));
  }

  private Path job(String from, String to) throws IOException {
    assertThat(JOB).contains(from);
    return write("job.yaml", JOB.replace(from, to));
  }

  @Test
  void aMissingConfigIsNamed() throws IOException {
    refused(
        run("coordinator", "start", "--config", directory.resolve("no.yaml"), "--job", job("", "")),
        2,
        "no.yaml does not exist");
    refused(run("client", "start", "--config", directory), 1, "cannot be read");
  }

  @Test
  void unknownKeysGetASuggestion() throws IOException {
    Path bad = write("c.yaml", "lisen: {port: 1}\nhome: h\ntls: {directory: pki}\n");
    refused(
        run("coordinator", "start", "--config", bad, "--job", job("", "")),
        2,
        "unknown key lisen: did you mean listen?");
  }

  @Test
  void jobsThatCannotBeAreRefusedBeforeAnythingStarts() throws IOException {
    Path config = coordinator(0, "coordinator");
    Object[][] cases = {
      {"cohort: 1", "cohort: 1, quorum: 2", "round.quorum is 2 but round.cohort is 1"},
      {"rounds: 1", "rounds: 0", "rounds is 0 but must be 1"},
      {"learning-rate: 0.01", "learning-rate: -0.01", "local.learning-rate is -0.01"},
      {"heads: 2", "heads: 3", "width must be a multiple of heads"},
      {
        "rounds: 1",
        "rounds: 1\nupdate: {max-weight: 1099511627776, max-abs: 1000000}",
        "after the point, but at least 20 are needed"
      },
    };
    for (Object[] each : cases) {
      Path job = job((String) each[0], (String) each[1]);
      refused(run("coordinator", "start", "--config", config, "--job", job), 2, (String) each[2]);
    }
    assertThat(directory.resolve("coordinator-home")).doesNotExist();
  }

  @Test
  void aJobWhoseUpdateExceedsTheLimitIsRefusedWithTheNumbers() throws IOException {
    Path config = coordinator(0, "coordinator");
    Files.writeString(config, Files.readString(config) + "limits: {max-blob-bytes: 1000}\n");
    Ran ran = run("coordinator", "start", "--config", config, "--job", job("", ""));
    assertThat(ran.err()).contains("1000").contains("bytes").doesNotContain("\tat ");
    assertThat(ran.exitCode()).isIn(2, 3);
  }

  @Test
  void aPortInUseIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path config = coordinator(taken.getLocalPort(), "coordinator");
      refused(
          run("coordinator", "start", "--config", config, "--job", job("", "")),
          1,
          String.valueOf(taken.getLocalPort()),
          "in use");
    }
  }

  @Test
  void aSitesCertificateCannotServeAsTheCoordinators() throws IOException {
    Path north = pki.resolve("sites").resolve("north");
    Files.copy(north.resolve("site.pem"), pki.resolve("wrong.pem"));
    Files.copy(north.resolve("site-key.pem"), pki.resolve("wrong-key.pem"));
    Ran ran =
        run("coordinator", "start", "--config", coordinator(0, "wrong"), "--job", job("", ""));
    assertThat(ran.exitCode()).isIn(1, 2, 3);
    assertThat(ran.err()).contains("wrong.pem").doesNotContain("\tat ");
  }

  @Test
  void theCoordinatorsCertificateCannotServeAsASites() throws IOException {
    write("data", "Some text that is long enough to be split into parts. ".repeat(40));
    Ran ran = run("client", "start", "--config", site("pki", "coordinator"));
    assertThat(ran.exitCode()).isIn(1, 2, 3);
    assertThat(ran.err()).contains("coordinator.pem").doesNotContain("\tat ");
  }

  @Test
  void anExpiredCertificateIsNamedWithItsDate() throws IOException {
    Clock longAgo = Clock.offset(Clock.systemUTC(), Duration.ofDays(-500));
    CertificateAuthority old =
        new CertificateAuthority(directory.resolve("old"), longAgo, Validity.DEFAULT);
    old.init(HostNames.LOCAL, false);
    Path config = coordinator(0, "coordinator");
    Files.writeString(config, Files.readString(config).replace("pki/", "old/"));
    Ran ran = run("coordinator", "start", "--config", config, "--job", job("", ""));
    assertThat(ran.exitCode()).isIn(1, 2, 3);
    assertThat(ran.err()).contains("expired").doesNotContain("\tat ");
  }

  @Test
  void emptyAndNonUtf8DataAreRefusedWithTheFilesName() throws IOException {
    Path data = Files.createDirectory(directory.resolve("data"));
    Path config = site("pki/sites/north", "site");
    Ran empty = run("client", "explain", "--config", config, "--job", job("", ""));
    assertThat(empty.exitCode()).isIn(1, 2);
    assertThat(empty.err()).contains("data").doesNotContain("\tat ");
    Files.write(data.resolve("latin.txt"), new byte[] {'a', 'b', (byte) 0xe9, 'c'});
    Ran latin = run("client", "explain", "--config", config, "--job", job("", ""));
    assertThat(latin.exitCode()).isIn(1, 2);
    assertThat(latin.err()).contains("latin.txt").contains("2").doesNotContain("\tat ");
  }

  @Test
  void explainPrintsWhatWouldLeaveAndChangesNothing() throws IOException {
    Path data = Files.createDirectory(directory.resolve("data"));
    Files.writeString(data.resolve("a.txt"), "A line of somebody's private text.\n".repeat(100));
    Path config = site("pki/sites/north", "site");
    Ran ran = run("client", "explain", "--config", config, "--job", job("", ""));
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("What leaves site north for job job")
        .contains("finite: an update with NaN or infinity is not sent")
        .contains("What never leaves")
        .doesNotContain("private text");
    assertThat(directory.resolve("site-home")).doesNotExist();
  }

  @Test
  void certificatesAreNotOverwrittenWithoutForce() {
    refused(run("certs", "init", "--dir", pki), 3, "--force");
    refused(run("certs", "issue", "--dir", pki, "--site", "north"), 3, "--force");
    refused(run("certs", "issue", "--dir", pki, "--site", "North Wing"), 2, "North Wing");
  }

  @Test
  void aStatusOfNobodySaysSo() throws IOException {
    refused(run("job", "status", "--config", coordinator(0, "coordinator")), 1, "no coordinator");
  }

  @Test
  void everyQuestionAboutJobsNeedsARunningCoordinator() throws IOException {
    Path config = coordinator(0, "coordinator");
    Path job = job("", "");
    refused(run("job", "submit", "--config", config, "--job", job), 1, "no coordinator runs");
    for (String verb : List.of("show", "pause", "resume", "stop")) {
      refused(run("job", verb, "--config", config, "a"), 1, "no coordinator runs");
      refused(run("job", verb, "--config", config), 2, "NAME");
    }
    refused(run("job", "list", "--config", config), 1, "no coordinator runs");
  }

  @Test
  void aMissingReceiptsKeyIsNamed() throws IOException {
    Files.delete(pki.resolve("receipts-key.pem"));
    refused(
        run(
            "coordinator",
            "start",
            "--config",
            coordinator(0, "coordinator"),
            "--job",
            job("", "")),
        1,
        "receipts-key.pem");
    assertThat(directory.resolve("coordinator-home")).doesNotExist();
  }

  @Test
  void aWrappingKeyIsMadeForItsOwnerAloneAndNeverReplaced() throws IOException {
    Path key = directory.resolve("spool.key");
    Ran made = run("coordinator", "new-wrapping-key", "--out", key);
    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    byte[] bytes = Files.readAllBytes(key);
    refused(run("coordinator", "new-wrapping-key", "--out", key), 3, "spool.key exists");
    assertThat(key).hasBinaryContent(bytes);
  }

  @Test
  void generatingFromNoModelSaysSo() {
    refused(
        run("generate", "--model", directory, "--prompt", "x"), 1, "holds no model", "model.json");
  }

  @Test
  void aNounWithoutAVerbNamesTheVerbs() {
    refused(run("certs"), 2, "init", "issue");
    refused(run("demo", "shakespeare", "--rounds", "0"), 2, "--rounds is 0");
    refused(run("demo", "shakespeare", "--rounds", "2000000"), 2, "--rounds is 2000000");
    refused(run("demo", "shakespeare", "--sites", "61"), 2, "--sites is 61 but must be 2 to 60");
    refused(
        run("demo", "shakespeare", "--sites", "2"), 2, "--sites is 2 but one of them is killed");
    refused(run("nonsense"), 2, "nonsense");
  }

  @Test
  void everyCommandHasHelpWithAnExample() {
    for (List<String> words :
        List.of(
            List.of("certs", "init"),
            List.of("certs", "issue"),
            List.of("coordinator", "start"),
            List.of("client", "start"),
            List.of("client", "explain"),
            List.of("coordinator", "new-wrapping-key"),
            List.of("job", "submit"),
            List.of("job", "list"),
            List.of("job", "show"),
            List.of("job", "pause"),
            List.of("job", "resume"),
            List.of("job", "stop"),
            List.of("job", "status"),
            List.of("log", "verify"),
            List.of("log", "show"),
            List.of("log", "export"),
            List.of("log", "replay"),
            List.of("generate"),
            List.of("demo", "shakespeare"),
            List.of("bench", "train"),
            List.of("bench", "decode"))) {
      Ran ran = run(Stream.concat(words.stream(), Stream.of("--help")).toArray());
      assertThat(ran.exitCode()).isZero();
      assertThat(ran.out()).contains("Example").contains("tributary " + String.join(" ", words));
    }
  }
}
