package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.process.ProcessLimits;
import io.tributary.client.train.JobTrainers;
import io.tributary.client.train.LocalTrainer;
import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainerRulesTest {
  private static final String REST =
      """
      coordinator: {host: localhost, port: 7443}
      tls: {certificate: site.pem, key: site.key, ca: ca.pem}
      home: home
      """;

  @TempDir Path directory;

  private SiteConfig site(String trainers) throws IOException {
    Files.writeString(directory.resolve("numbers.csv"), "a,b\n1,2\n3,4\n");
    Files.writeString(directory.resolve("net.json"), "{}");
    return SiteConfig.read(
        Files.writeString(directory.resolve("site.yaml"), REST + "trainers: " + trainers + "\n"));
  }

  @Test
  void readsBothKindsAndResolvesTheirPaths() throws IOException {
    SiteConfig site =
        site(
            "[{program: net.json, kind: samediff, data: {path: numbers.csv}},"
                + " {program: site.yaml, kind: process, command: [java, -version],"
                + " limits: {task-millis: 5}}]");
    TrainerRules network = site.trainers().get(0);
    assertThat(network.program()).isEqualTo(directory.resolve("net.json").toString());
    assertThat(network.data().path()).isEqualTo(directory.resolve("numbers.csv").toString());
    TrainerRules process = site.trainers().get(1);
    assertThat(process.directory()).isEqualTo(directory.toString());
    assertThat(process.limits()).isEqualTo(new ProcessLimits(null, 5L, null, null, null));
    assertThat(site.data()).isNull();
  }

  @Test
  void opensNeitherProcessNorEngine() throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    SiteConfig site =
        site(
            "[{program: net.json, kind: samediff, data: {path: numbers.csv}},"
                + " {program: numbers.csv, kind: process, command: ["
                + java
                + "]}]");
    try (LocalTrainer trainer = SiteTrainers.open(site)) {
      assertThat(trainer).isInstanceOf(JobTrainers.class);
      assertThat(directory.resolve("home")).doesNotExist();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{kind: process, command: [a]}]                              | program is missing",
        "[{program: net.json}]                                        | kind of net.json is missing",
        "[{program: net.json, kind: process}]                         | command is missing",
        "[{program: net.json, kind: samediff}]                        | data is missing",
        "[{program: net.json, kind: process, command: [a], data: {path: x}}] | data is stated",
        "[{program: net.json, kind: samediff, data: {path: x}, command: [a]}] | command is stated",
        "[{program: net.json, kind: samediff, data: {path: x}, limits: {}}]   | limits is stated",
        "[{program: net.json, kind: process, command: [a], limits: {task-millis: 0}}] | task-millis",
        "[{program: net.json, kind: pytorch, command: [a]}]           | kind",
        "[{program: net.json, kind: process, comand: [a]}]            | command",
        "[]                                                           | data is missing",
      })
  void saysWhatIsWrongWithATrainer(String trainers, String words) {
    assertThatThrownBy(() -> site(trainers))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{program: none.json, kind: samediff, data: {path: numbers.csv}}] | none.json",
        "[{program: net.json, kind: samediff, data: {path: none.csv}}]     | none.csv",
        "[{program: net.json, kind: process, command: [no-such-program]}]  | no-such-program",
        "[{program: net.json, kind: process, command: [./none]}]           | none",
        "[{program: net.json, kind: samediff, data: {path: numbers.csv}},"
            + " {program: net.json, kind: samediff, data: {path: numbers.csv}}] | twice",
      })
  void findsBeforeItStartsWhatIsNotThere(String trainers, String words) throws IOException {
    SiteConfig site = site(trainers);
    assertThatThrownBy(() -> SiteTrainers.open(site))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(words);
  }
}
