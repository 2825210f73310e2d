package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Neither a certificate nor a coordinator is there: the report needs none. */
class ClientDataCommandTest {
  private static final String SITE =
      """
      coordinator: {host: localhost, port: 1}
      tls: {certificate: none.pem, key: none.key, ca: none.pem}
      home: state
      data: {path: mails.csv, text: body, label: kind, labels: {junk: spam}}
      """;
  private static final String JOB =
      """
      name: spam
      rounds: 2
      model:
        {width: 8, layers: 1, heads: 2, feed-forward-width: 16, context-length: 8,
         stack: encoder, head: {kind: classification, classes: 2}}
      data: {classes: [ham, spam]}
      local: {learning-rate: 0.01, batch-size: 4, epochs: 1}
      round: {cohort: 1}
      """;

  @TempDir Path directory;

  private record Ran(int exitCode, String out, String err) {}

  private Ran run(String rows, String... options) throws IOException {
    Files.writeString(directory.resolve("mails.csv"), "kind,body\n" + rows);
    Path site = Files.writeString(directory.resolve("site.yaml"), SITE);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode =
        commandLine.execute(
            Stream.concat(
                    Stream.of("client", "data", "--config", site.toString()), Stream.of(options))
                .toArray(String[]::new));
    assertThat(err.toString()).doesNotContain("\tat ").doesNotContain("defect");
    assertThat(directory.resolve("state")).as("nothing is begun").doesNotExist();
    return new Ran(exitCode, out.toString(), err.toString());
  }

  private String job() throws IOException {
    return Files.writeString(directory.resolve("job.yaml"), JOB).toString();
  }

  @Test
  void endsWithZeroWhenAllIsWellOrOnlyWarned() throws IOException {
    Ran ran = run("ham,hello\njunk,buy\nham,bye\n", "--job", job());
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("junk -> spam").contains("No problems were found.");
    Ran warned = run("ham,hello\nham,hello\nham,\n", "--job", job());
    assertThat(warned.exitCode()).isZero();
    assertThat(warned.out())
        .contains("warning: 1 texts are exact copies")
        .contains("warning: classes of the job that no text here has: spam");
  }

  @Test
  void endsWithThreeWhenTheJobWouldBeRefused() throws IOException {
    Ran ran = run("ham,hello\nother,buy\nham,x\n", "--job", job());
    assertThat(ran.exitCode()).isEqualTo(3);
    assertThat(ran.out())
        .contains("refused: labels that are no class of the job")
        .contains("other=1");
    assertThat(run("ham,hello\n", "--job", job()).exitCode()).isEqualTo(3);
  }

  @Test
  void endsWithOneWhenTheDataCannotBeReadAndNamesEveryRow() throws IOException {
    Ran ran = run("ham,hello\nham\nham,a,b\n");
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.out()).contains("mails.csv line 3: ").contains("mails.csv line 4: ");
  }

  @Test
  void printsOneJsonObject() throws IOException {
    Ran ran = run("ham,hello\njunk,buy\nham,bye\n", "--job", job(), "--output", "json");
    JsonNode report = new ObjectMapper().readTree(ran.out());
    assertThat(report.path("texts").asInt()).isEqualTo(3);
    assertThat(report.path("labels").get(1).path("name").asText()).isEqualTo("spam");
    assertThat(report.path("for-job").path("training-examples").asInt()).isBetween(1, 2);
    assertThat(report.path("for-job").path("steps-per-round").asInt()).isEqualTo(1);
    assertThat(report.path("problems").isEmpty()).isTrue();
  }
}
