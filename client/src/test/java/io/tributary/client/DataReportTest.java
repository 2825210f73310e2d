package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.data.DataProblem;
import io.tributary.client.data.DataProblem.Severity;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataReportTest {
  private static final String SITE =
      """
      coordinator: {host: localhost, port: 7443}
      tls: {certificate: none.pem, key: none.key, ca: none.pem}
      home: state
      """;

  @TempDir private Path directory;

  private SiteConfig site(String data) throws Exception {
    return SiteConfig.read(
        Files.writeString(directory.resolve("site.yaml"), SITE + "data: " + data + "\n"));
  }

  private SiteConfig mails(String text, String labels) throws Exception {
    Files.writeString(directory.resolve("mails.csv"), text);
    return site("{path: mails.csv, text: body, label: kind" + labels + "}");
  }

  private static JobSpec job(String model, String data) {
    return ConfigReader.readYamlText(
        ("{name: job, rounds: 2, model: "
                + model
                + ", data: "
                + data
                + ", local: {learning-rate: 0.01, epochs: 3, batch-size: 2}, round: {cohort: 2}}")
            .getBytes(StandardCharsets.UTF_8),
        JobSpec.class,
        "the test");
  }

  private static JobSpec classifier() {
    return job(
        "{preset: gpt-tiny, context-length: 16, stack: encoder,"
            + " head: {kind: classification, classes: 3}}",
        "{classes: [ham, spam, other], held-out-share: 0.25}");
  }

  private static List<String> messages(DataReport report, Severity severity) {
    return report.problems().stream()
        .filter(problem -> problem.severity() == severity)
        .map(DataProblem::message)
        .toList();
  }

  @Test
  void countsTextsTokensLabelsAndLengths() throws Exception {
    DataReport report =
        DataReport.of(
            mails(
                "body,kind\nhello,ham\nhello,ham\nbuy,junk\n\"\",ham\nétude,junk\n",
                ", labels: {junk: spam}"),
            null);

    assertThat(report.rows()).isEqualTo(5);
    assertThat(report.texts()).isEqualTo(4);
    assertThat(report.emptyTexts()).isEqualTo(1);
    assertThat(report.copies()).isEqualTo(1);
    assertThat(report.bytes()).isEqualTo(5 + 1 + 5 + 1 + 3 + 1 + 6);
    assertThat(report.tokens()).isEqualTo(report.bytes());
    assertThat(report.tokenizer()).isEqualTo("bytes");
    assertThat(report.lengths().shortest()).isEqualTo(3);
    assertThat(report.lengths().median()).isEqualTo(5);
    assertThat(report.lengths().longest()).isEqualTo(6);
    assertThat(report.labels())
        .containsExactly(
            new DataReport.Label("ham", "ham", 2), new DataReport.Label("junk", "spam", 2));
    assertThat(report.forJob()).isNull();
    assertThat(report.worst()).isEqualTo(Severity.WARNING);
    assertThat(report.text())
        .contains("4 texts in 22 bytes")
        .contains("2  junk -> spam")
        .contains("warning: 1 rows or files hold no text")
        .contains("warning: 1 texts are exact copies");
    Map<?, ?> json =
        ConfigReader.readJson(ConfigReader.toCanonicalJson(report), Map.class, "the report");
    assertThat(json.get("texts")).isEqualTo(4);
  }

  @Test
  void saysWhatAJobMakesOfIt() throws Exception {
    StringBuilder rows = new StringBuilder("body,kind\n");
    for (int i = 0; i < 40; i++) {
      rows.append(i % 4 == 0 ? "a rather long text no " : "no ").append(i);
      rows.append(i % 2 == 0 ? ",ham\n" : ",spam\n");
    }
    DataReport report = DataReport.of(mails(rows.toString(), ""), classifier());

    long training = report.forJob().trainingExamples();
    assertThat(training + report.forJob().predictions()).isEqualTo(40);
    assertThat(report.forJob().stepsPerRound()).isEqualTo(3 * ((training + 1) / 2));
    assertThat(report.forJob().textsCut()).isEqualTo(10);
    assertThat(report.forJob().refusal()).isNull();
    assertThat(messages(report, Severity.WARNING))
        .containsExactly(
            "classes of the job that no text here has: other",
            "10 of 40 texts are longer than the 16 tokens that the model reads: their ends are cut"
                + " off");
    assertThat(report.worst()).isEqualTo(Severity.WARNING);
    assertThat(report.text()).contains("For job job (classification)");
  }

  @Test
  void labelsUnknownToTheJobAreNamedHereAndCountedInTheRefusal() throws Exception {
    DataReport report =
        DataReport.of(
            mails("body,kind\na,ham\nb,junk\nc,junk\nd,x\n", ", labels: {x: secret}"),
            classifier());

    assertThat(report.worst()).isEqualTo(Severity.REFUSED);
    assertThat(report.forJob().unknownLabels()).isEqualTo(Map.of("junk", 2, "secret", 1));
    assertThat(report.forJob().missingLabels()).containsExactly("spam", "other");
    assertThat(report.forJob().refusal())
        .contains("2 labels of this site's data are not among")
        .doesNotContain("junk")
        .doesNotContain("secret");
    assertThat(messages(report, Severity.REFUSED))
        .anyMatch(message -> message.contains("junk=2, secret=1; map them by data.labels"));
    assertThat(report.forJob().trainingExamples()).isNull();
  }

  @Test
  void whatTheSiteItselfObjectsToIsSaid() throws Exception {
    Files.writeString(directory.resolve("text.txt"), "to be or not to be. ".repeat(100));
    JobSpec job = job("{preset: gpt-tiny, context-length: 16}", "{}");

    DataReport small = DataReport.of(site("text.txt\npolicy: {max-model-bytes: 1}"), job);
    assertThat(small.forJob().refusal()).contains("policy.max-model-bytes is 1");
    DataReport slow = DataReport.of(site("text.txt\npolicy: {max-steps-per-task: 1}"), job);
    assertThat(slow.forJob().refusal()).contains("policy.max-steps-per-task is 1");
    DataReport chosen = DataReport.of(site("text.txt\ntraining: {steps: 3}"), job);
    assertThat(chosen.forJob().refusal()).contains("training.steps is 3");
    assertThat(chosen.worst()).isEqualTo(Severity.REFUSED);
  }

  @Test
  void copiesOnBothSidesOfRunningTextAreCounted() throws Exception {
    Path texts = Files.createDirectories(directory.resolve("texts"));
    for (int i = 0; i < 40; i++) {
      Files.writeString(
          texts.resolve(i + ".txt"), ("this is text " + i % 20 + ". ").repeat(20 + i % 20));
    }
    DataReport report =
        DataReport.of(site("texts"), job("{preset: gpt-tiny, context-length: 16}", "{}"));

    assertThat(report.copies()).isEqualTo(20);
    assertThat(report.forJob().copiesAcrossSplit()).isPositive();
    assertThat(messages(report, Severity.WARNING))
        .anyMatch(message -> message.contains("texts judge while copies of them are trained on"));
  }

  @Test
  void everyBadRowIsListedAndTheGoodOnesAreCounted() throws Exception {
    DataReport report =
        DataReport.of(mails("body,kind\na,ham\nshort\nb,spam\n1,2,3\nc,ham\n", ""), classifier());

    assertThat(report.worst()).isEqualTo(Severity.UNREADABLE);
    assertThat(report.problems().get(0).line()).isEqualTo(3);
    assertThat(report.problems().get(1).line()).isEqualTo(5);
    assertThat(report.texts()).isEqualTo(3);
    assertThat(report.rows()).isEqualTo(5);
    assertThat(report.forJob().refusal()).isNull();
    assertThat(report.text()).contains("unreadable: " + directory.resolve("mails.csv") + " line 3");
  }

  @Test
  void dataWithoutAnyTextIsReportedAndMissingDataIsAnError() throws Exception {
    DataReport report = DataReport.of(mails("body,kind\n,ham\n", ""), classifier());
    assertThat(report.worst()).isEqualTo(Severity.UNREADABLE);
    assertThat(report.emptyTexts()).isEqualTo(1);
    assertThat(report.text()).contains("is empty");
    Files.writeString(directory.resolve("program.bin"), "x");
    SiteConfig trainersAlone =
        SiteConfig.read(
            Files.writeString(
                directory.resolve("site.yaml"),
                SITE + "trainers: [{program: program.bin, kind: process, command: [x]}]\n"));
    assertThatThrownBy(() -> DataReport.of(trainersAlone, null))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("states no data");
    SiteConfig nowhere = site("nowhere");
    assertThatThrownBy(() -> DataReport.of(nowhere, null))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("nowhere does not exist");
  }
}
