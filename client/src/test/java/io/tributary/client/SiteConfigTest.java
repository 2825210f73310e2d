package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SiteConfigTest {
  private static final String GOOD =
      """
      coordinator: {host: localhost, port: 7443}
      tls: {certificate: certs/site.pem, key: certs/site-key.pem, ca: /etc/ca.pem}
      home: state
      data: ../texts
      """;

  @TempDir private Path directory;

  private SiteConfig read(String yaml) throws Exception {
    return SiteConfig.read(Files.writeString(directory.resolve("site.yaml"), yaml));
  }

  @Test
  void resolvesPathsAgainstItsOwnDirectory() throws Exception {
    SiteConfig config = read(GOOD);

    assertThat(config.tls().certificate()).isEqualTo(directory + "/certs/site.pem");
    assertThat(config.tls().ca()).isEqualTo("/etc/ca.pem");
    assertThat(config.homePath()).isEqualTo(directory.resolve("state"));
    assertThat(Path.of(config.data().path())).isEqualTo(directory.resolveSibling("texts"));
  }

  @Test
  void aTokenizerIsAFileBesideTheSitesOrNone() throws Exception {
    assertThat(read(GOOD).tokenizerPath()).isNull();
    assertThat(read(GOOD + "tokenizer: words/tokenizer.json\n").tokenizerPath())
        .isEqualTo(directory.resolve("words").resolve("tokenizer.json"));
    assertThatThrownBy(() -> read(GOOD + "tokenizer: ''\n"))
        .hasMessageContaining("tokenizer is empty: name a tokenizer.json");
  }

  @Test
  void dataMayBeAGroupOfKeysWithAPathBesideTheFile() throws Exception {
    String keys =
        GOOD.replace(
            "data: ../texts", "data: {path: mails.csv, text: body, label: kind, labels: {0: ham}}");
    SiteConfig config = read(keys);

    assertThat(config.data().path()).isEqualTo(directory + "/mails.csv");
    assertThat(config.data().labelFor("0")).isEqualTo("ham");
    assertThat(read(ConfigReader.toYaml(config))).isEqualTo(config);
    assertThatThrownBy(() -> read(keys.replace("text:", "txt:")))
        .hasMessageContaining("unknown key data.txt: did you mean data.text?");
  }

  @Test
  void fillsDefaults() throws Exception {
    SiteConfig config = read(GOOD);

    assertThat(config.policy()).isEqualTo(SitePolicy.DEFAULT);
    assertThat(config.reconnect()).isEqualTo(new ReconnectBounds(500L, 30_000L));
    assertThat(config.training()).isEqualTo(SiteTraining.AS_THE_JOB_SAYS);
  }

  @Test
  void readsWhatItPrints() throws Exception {
    SiteConfig config =
        read(
            GOOD
                + "policy: {max-steps-per-task: 5}\nreconnect: {first-millis: 20}\n"
                + "training: {steps: 50}\n");
    assertThat(config.training()).isEqualTo(new SiteTraining(50));

    assertThat(read(ConfigReader.toYaml(config))).isEqualTo(config);
  }

  @Test
  void suggestsTheKeyThatWasMeant() {
    assertThatThrownBy(() -> read(GOOD.replace("home:", "homes:")))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("unknown key homes: did you mean home?");
  }

  @Test
  void namesWhatIsMissing() {
    assertThatThrownBy(() -> read(GOOD.replace("home: state\n", "")))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("home is missing");
    assertThatThrownBy(() -> read(GOOD.replace("key: certs/site-key.pem, ", "")))
        .hasMessageContaining("tls.key is missing");
    assertThatThrownBy(() -> read(GOOD.replace(", port: 7443", "")))
        .hasMessageContaining("coordinator.port is missing");
  }

  @Test
  void refusesValuesOutOfBounds() {
    assertThatThrownBy(() -> read(GOOD.replace("7443", "70000")))
        .hasMessageContaining("coordinator.port is 70000 but must be 1 to 65535");
    assertThatThrownBy(() -> read(GOOD.replace("localhost", "'https://localhost'")))
        .hasMessageContaining("without scheme or port");
    assertThatThrownBy(() -> read(GOOD + "policy: {max-model-bytes: 0}\n"))
        .hasMessageContaining("policy.max-model-bytes is 0 but must be 1 to 8589934592");
    assertThatThrownBy(() -> read(GOOD + "training: {steps: 0}\n"))
        .hasMessageContaining("training.steps is 0 but must be 1 to 100000000");
  }

  @Test
  void saysThatTheFileIsMissing() {
    assertThatThrownBy(() -> SiteConfig.read(directory.resolve("none.yaml")))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("none.yaml does not exist");
  }
}
