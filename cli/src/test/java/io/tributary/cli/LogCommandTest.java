package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.common.wire.v1.SignedStatement;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a person sees of a log file: good, changed, cut, foreign, or no log at all. */
@Timeout(120)
class LogCommandTest {
  @TempDir Path directory;
  private Path ca;
  private Path file;
  private SignedRun run;

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
  void writeALog() throws IOException {
    Path pki = directory.resolve("pki");
    new CertificateAuthority(pki, Clock.systemUTC(), Validity.DEFAULT).init(HostNames.LOCAL, false);
    ca = pki.resolve("ca.pem");
    run = SignedRun.of(pki, 3);
    file = write("good.tlog", run.entries());
  }

  private Path write(String name, List<SignedStatement> entries) throws IOException {
    Path target = directory.resolve(name);
    try (OutputStream out = Files.newOutputStream(target)) {
      for (SignedStatement entry : entries) {
        entry.writeDelimitedTo(out);
      }
    }
    return target;
  }

  private Ran verify(Path log) {
    return run("log", "verify", "--file", log, "--ca", ca);
  }

  @Test
  void aGoodLogIsSummedUp() {
    Ran ran = verify(file);
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("log of run " + SignedRun.RUN_ID + " holds")
        .contains("entries  4 (rounds 0 to 3)")
        .contains("folded   6 updates")
        .contains("head     ")
        .contains("from entry 0 on with certificate ")
        .doesNotContain("ledger");
  }

  @Test
  void machinesReadTheSame() throws IOException {
    Ran ran = run("log", "verify", "--file", file, "--ca", ca, "--output", "json");
    JsonNode summary = new ObjectMapper().readTree(ran.out()).get(0);
    assertThat(summary.get("run").asText()).isEqualTo(SignedRun.RUN_ID);
    assertThat(summary.get("entries").asInt()).isEqualTo(4);
    assertThat(summary.get("modelDigest").asText()).isEqualTo(SignedRun.digest("model 3").hex());
    assertThat(summary.has("ledgerReceipts")).isFalse();
  }

  @Test
  void showPrintsRoundsPseudonymsWeightsAndReasons() throws IOException {
    Ran ran = run("log", "show", "--file", file, "--ca", ca);
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("round 0: initial weights")
        .contains("round 3, attempt 1")
        .contains("folded   " + run.pseudonym("north") + "  update ")
        .contains("weight 100")
        .contains("late     " + run.pseudonym("west") + "  still training at the deadline")
        .doesNotContain("north");
    JsonNode log =
        new ObjectMapper()
            .readTree(run("log", "show", "--file", file, "--ca", ca, "--output", "json").out());
    assertThat(log.get("entries")).hasSize(4);
    assertThat(log.get("entries").get(2).get("folded")).hasSize(2);
    assertThat(log.get("summary").get("entries").asInt()).isEqualTo(4);
  }

  @Test
  void aChangedEntryIsNamedAndWhatIsBeforeItStillShown() throws IOException {
    List<SignedStatement> changed = new ArrayList<>(run.entries());
    byte[] body = changed.get(2).getBody().toByteArray();
    body[body.length - 1] ^= 1;
    changed.set(
        2,
        changed.get(2).toBuilder().setBody(com.google.protobuf.ByteString.copyFrom(body)).build());
    Path tampered = write("tampered.tlog", changed);
    byte[] before = Files.readAllBytes(tampered);
    refused(
        verify(tampered),
        1,
        "tampered.tlog does not hold at entry 2",
        "the signature does not hold",
        "Entries 0 to 1 before it hold",
        "Nothing was changed");
    Ran shown = run("log", "show", "--file", tampered, "--ca", ca);
    refused(shown, 1, "does not hold at entry 2");
    assertThat(shown.out()).contains("round 1, attempt 1").doesNotContain("round 2");
    assertThat(Files.readAllBytes(tampered)).isEqualTo(before);
  }

  @Test
  void aMissingEntryIsNamed() throws IOException {
    List<SignedStatement> shorter = new ArrayList<>(run.entries());
    shorter.remove(1);
    refused(
        verify(write("gap.tlog", shorter)),
        1,
        "at entry 1",
        "it is entry 2 where entry 1 must stand",
        "Entry 0 before it holds");
  }

  @Test
  void aCutFileSaysWhatOfItHolds() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    Path cut = directory.resolve("cut.tlog");
    Files.write(cut, java.util.Arrays.copyOf(whole, whole.length - 1));
    refused(verify(cut), 1, "at entry 3", "it was cut off", "Entries 0 to 2 before it hold");
  }

  @Test
  void anotherFederationsLogIsNamedAsSuch() throws IOException {
    Path other = directory.resolve("other");
    new CertificateAuthority(other, Clock.systemUTC(), Validity.DEFAULT)
        .init(HostNames.LOCAL, false);
    refused(
        run("log", "verify", "--file", file, "--ca", other.resolve("ca.pem")),
        1,
        "issued by another authority than the one in ca.pem",
        "No entry of it can be believed");
  }

  @Test
  void whatIsNoLogIsSaidToBeNone() throws IOException {
    Path text = Files.writeString(directory.resolve("a.txt"), "Once more unto the breach.\n");
    refused(verify(text), 1, "a.txt does not hold at entry 0", "No entry of it can be believed");
    refused(verify(Files.write(text, new byte[0])), 1, "has no entries");
    refused(verify(directory), 1, "is not a file");
    refused(verify(directory.resolve("no.tlog")), 1, "no.tlog does not exist");
    refused(
        verify(Files.write(text, "\u00ff".repeat(30).getBytes(StandardCharsets.ISO_8859_1))),
        1,
        "no transparency log");
  }

  @Test
  void aNewerFormatSaysToUseANewerVersion() throws Exception {
    refused(
        verify(write("newer.tlog", List.of(run.ofFormat(2)))),
        1,
        "format 2",
        "use a newer version of Tributary",
        "Nothing was changed");
  }

  @Test
  void optionsThatDoNotFitAreRefused() throws IOException {
    refused(run("log", "verify", "--file", file), 2, "--ca is missing");
    refused(run("log", "verify", "--file", file, "--ca", ca, "--run", "x"), 2, "--run goes with");
    refused(run("log", "verify", "--ca", ca), 2, "--config");
    refused(run("log", "verify", "--file", file, "--home", directory), 2, "exclusive");
    refused(run("log"), 2, "verify", "show", "export");
    Path key = ca.resolveSibling("receipts.pem");
    refused(run("log", "verify", "--file", file, "--ca", key), 1, "not a certificate authority's");
    refused(
        run("log", "export", "--file", file, "--ca", ca, "--out", directory.resolve("x")),
        2,
        "is a log file already");
  }
}
