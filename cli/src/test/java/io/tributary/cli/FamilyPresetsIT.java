package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.client.AgentOptions;
import io.tributary.client.SiteAgent;
import io.tributary.client.SiteConfig;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ModelPresets;
import io.tributary.common.wire.Digest;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.CoordinatorServer;
import io.tributary.coordinator.job.JobSummary;
import io.tributary.coordinator.store.CoordinatorHome;
import io.tributary.simulation.FederationHome;
import io.tributary.simulation.LoopbackPort;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kind of model trains through the real protocol: a coordinator and two sites over TLS in
 * this process, which stay up for one job after another. Sizes are cut where a step would take
 * long.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FamilyPresetsIT {
  private static final String TOKENIZER = "/all-minilm-l6-v2-tokenizer.json";
  private static final List<String> SITES = List.of("north", "south");

  /** What a job says of its model; {@code TOKENIZER} stands for the digest of MiniLM's. */
  private static final Map<String, String> MODELS = models();

  @TempDir private static Path directory;
  private static String tokenizerDigest;
  private static CoordinatorServer coordinator;
  private static final List<SiteAgent> AGENTS = new ArrayList<>();

  private static Map<String, String> models() {
    Map<String, String> models = new LinkedHashMap<>();
    models.put("gpt-tiny", "preset: gpt-tiny, context-length: 24");
    models.put("gpt-small", "preset: gpt-small, context-length: 16");
    models.put("shakespeare-tiny", "preset: shakespeare-tiny, context-length: 24");
    models.put("llama-tiny", "preset: llama-tiny, context-length: 24");
    models.put("moe-tiny", "preset: moe-tiny, context-length: 24");
    models.put("t5-tiny", "preset: t5-tiny, context-length: 32");
    models.put("char-lstm", "preset: char-lstm, context-length: 16");
    models.put("char-gru", "preset: char-lstm, context-length: 16, recurrent: {cell: gru}");
    models.put(
        "bert-minilm",
        "preset: bert-minilm, context-length: 16, layers: 2, width: 96, feed-forward-width: 192,"
            + " tokenizer: 'TOKENIZER'");
    models.put(
        "classifier-of-bytes",
        "preset: gpt-tiny, context-length: 24, stack: encoder,"
            + " head: {kind: classification, classes: 2}");
    models.put(
        "classifier-of-words",
        "preset: bert-minilm, context-length: 16, layers: 2, width: 96, feed-forward-width: 192,"
            + " tokenizer: 'TOKENIZER', head: {kind: classification, classes: 2, pooling: first}");
    models.put(
        "adapters",
        "preset: llama-tiny, context-length: 24, tuning: {kind: lora, rank: 4, targets:"
            + " [attention.input, feedforward.input, feedforward.output]}");
    return models;
  }

  @BeforeAll
  static void startTheFederation() throws IOException {
    Path tokenizer = directory.resolve("tokenizer.json");
    try (InputStream file = FamilyPresetsIT.class.getResourceAsStream(TOKENIZER)) {
      Files.copy(file, tokenizer);
    }
    tokenizerDigest =
        "sha256:" + Digest.sha256(ByteBuffer.wrap(Files.readAllBytes(tokenizer))).hex();
    Map<String, byte[]> texts = new LinkedHashMap<>();
    SITES.forEach(site -> texts.put(site, "replaced below".getBytes(StandardCharsets.UTF_8)));
    FederationHome home =
        FederationHome.create(
            directory.resolve("federation"),
            job("gpt-tiny"),
            texts,
            LoopbackPort.free(),
            Clock.systemUTC());
    for (String site : SITES) {
      writeLabelledTexts(home.siteDirectory(site).resolve("data"), site);
      Path config = home.siteConfig(site);
      Files.writeString(config, Files.readString(config) + "tokenizer: '" + tokenizer + "'\n");
    }
    coordinator =
        CoordinatorServer.start(
            CoordinatorConfig.read(home.coordinatorConfig()),
            CoordinatorServer.StartOptions.DEFAULT,
            Clock.systemUTC());
    for (String site : SITES) {
      SiteAgent agent =
          SiteAgent.open(SiteConfig.read(home.siteConfig(site)), AgentOptions.standard());
      AGENTS.add(agent);
      agent.start();
    }
  }

  @AfterAll
  static void stopTheFederation() {
    AGENTS.forEach(SiteAgent::close);
    if (coordinator != null) {
      coordinator.close();
    }
  }

  /** Folders of two classes, which serve every other task as running text. */
  private static void writeLabelledTexts(Path data, String site) throws IOException {
    Files.delete(data.resolve("text.txt"));
    for (int i = 0; i < 12; i++) {
      Path mail = data.resolve("ham").resolve("mail-" + i + ".txt");
      Path advert = data.resolve("spam").resolve("advert-" + i + ".txt");
      Files.createDirectories(mail.getParent());
      Files.createDirectories(advert.getParent());
      // Different within the 24 bytes that the shortest model reads: texts that it reads alike
      // are all trained on or all held out.
      Files.writeString(mail, "dear friend, at " + i + " we meet in the " + site + " as before. ");
      Files.writeString(advert, "BUY NOW AND WIN " + i + " MILLION!!! ONLY " + i + " DOLLARS!!! ");
    }
  }

  private static JobSpec job(String name) {
    String model = MODELS.get(name).replace("TOKENIZER", String.valueOf(tokenizerDigest));
    boolean classifier = name.startsWith("classifier");
    // Two or three held-out texts judge by chance, and four steps of a new classifier go anywhere.
    String yaml =
        "{name: "
            + name
            + ", seed: 4, rounds: 2, model: {"
            + model
            + "}, local: {learning-rate: 0.003, batch-size: 4, steps: "
            + (classifier ? 12 : 4)
            + "},"
            + " round: {cohort: 2, deadline-millis: 200000, evaluation-deadline-millis: 100000,"
            + " start-wait-millis: 60000}"
            + (classifier ? ", data: {classes: [spam, ham], held-out-share: 0.3}}" : "}");
    return io.tributary.common.config.ConfigReader.readYamlText(
        yaml.getBytes(StandardCharsets.UTF_8), JobSpec.class, name);
  }

  @TestFactory
  Stream<DynamicTest> trainsTwoRounds() {
    return MODELS.keySet().stream().map(name -> dynamicTest(name, () -> train(name)));
  }

  private static void train(String name) throws Exception {
    JobSpec job = job(name);
    var unused = coordinator.jobs().submit(job).get(1, TimeUnit.MINUTES);
    JobSummary summary = coordinator.jobs().ended(name).get(5, TimeUnit.MINUTES);
    assertThat(summary.isCompleted()).as("%s", summary).isTrue();
    assertThat(summary.rounds()).isEqualTo(2);
    assertThat(summary.heldOutNatsPerByteFinal())
        .isFinite()
        .isLessThan(summary.heldOutNatsPerByteInitial());
    Path records = CoordinatorHome.run(coordinator.home(), name).root().resolve("rounds.jsonl");
    List<String> lines = Files.readAllLines(records);
    JsonNode last = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    for (JsonNode site : last.get("sites")) {
      assertThat(site.get("state").asText()).isEqualTo("folded");
      JsonNode accuracy = site.get("metrics").get(JobSpec.HELD_OUT_ACCURACY);
      assertThat(accuracy != null).isEqualTo(name.startsWith("classifier"));
      if (accuracy != null) {
        assertThat(accuracy.asDouble()).isBetween(0.0, 1.0);
      }
    }
  }

  @Test
  void noPresetIsLeftOut() {
    TreeSet<String> presets = new TreeSet<>();
    ModelPresets.names().forEach(presets::add);
    assertThat(MODELS.keySet()).containsAll(presets);
  }
}
