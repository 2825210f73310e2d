package io.tributary.transformer.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.ModelParameters;
import de.kherud.llama.args.CacheType;
import de.kherud.llama.args.LogFormat;
import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.LocalModelTrainer;
import io.tributary.transformer.TrainingSettings;
import io.tributary.transformer.decode.ByteText;
import io.tributary.transformer.decode.DecodingEngine;
import io.tributary.transformer.decode.DecodingEngines;
import io.tributary.transformer.decode.GeneratedText;
import io.tributary.transformer.decode.GenerationSettings;
import io.tributary.transformer.decode.SamplingSettings;
import io.tributary.transformer.decode.TextGenerator;
import io.tributary.transformer.examples.NextTokenExamples;
import io.tributary.transformer.examples.TextTokens;
import io.tributary.transformer.mapping.Float16;
import io.tributary.transformer.tokens.ByteTokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * llama.cpp, which owes us nothing, continues texts with an exported model as we do: the same bytes
 * at every step, as long as our two best tokens are not as good as equal, and the same end.
 *
 * <p>The model is trained a little, so that it has learned some texts by heart and stumbles in
 * others: logits far apart and close together both occur. Its texts end with our end token.
 */
@Timeout(300)
class LlamaCppTest {
  private static final int BYTES = 64;

  /** Logits closer than this are as good as equal: rounding decides which token is the better. */
  private static final double EQUAL = 1e-3;

  /** Beside weights that are halves, llama.cpp rounds what it multiplies by them to halves, too. */
  private static final double EQUAL_BY_HALVES = 1e-2;

  private static final String TEXT =
      """
      The quick brown fox jumps over the lazy dog. To be, or not to be, that is the question.
      Über den Wolken muß die Freiheit wohl grenzenlos sein; süße Träume, schöne Grüße.
      Où sont les neiges d'antan? Le cœur a ses raisons que la raison ne connaît point.
      Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.
      吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。
      2 + 2 = 4; f(x) = x² − 1; {"key": [1, 2, 3]} – 100 € or £80?
      """;

  private static final List<String> PROMPTS =
      List.of(
          "The quick brown",
          "to be, or",
          "question",
          "Über den",
          "süße Grü",
          "Le cœur a",
          "Все счаст",
          "吾輩は",
          "100 € or",
          "Zebra; 名前 {\"x\"");

  private static float[] tied;
  private static float[] untied;

  @TempDir Path directory;

  private static TransformerConfig config(boolean tiedHead) {
    return new TransformerConfig(256, 64, 2, 4, 128, 128)
        .edit()
        .position(
            tiedHead
                ? PositionRules.of(PositionRules.Kind.ROTARY)
                : PositionRules.rotary(5000, PositionRules.Scaling.LINEAR, 2.0))
        .attention(AttentionRules.grouped(2))
        .norm(new NormRules(NormRules.Kind.RMS_NORM, NormRules.Place.BEFORE, 1e-5))
        .feedForward(FeedForwardRules.of(FeedForwardRules.Kind.SWIGLU))
        .head(HeadRules.languageModel(HeadRules.Kind.CAUSAL_LM, tiedHead))
        .biases(false)
        .build();
  }

  @BeforeAll
  static void train() {
    boolean here =
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64");
    try {
      LlamaModel.setLogger(LogFormat.TEXT, (level, message) -> {});
    } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError e) {
      assumeTrue(here, "llama.cpp has no native library that loads here: " + e);
      throw e;
    }
    tied = trained(config(true));
    untied = trained(config(false));
  }

  private static float[] trained(TransformerConfig config) {
    byte[] text = TEXT.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 * (text.length + 1));
    while (bytes.hasRemaining()) {
      bytes.put(text).put((byte) ByteTokenizer.END);
    }
    NextTokenExamples data =
        new NextTokenExamples(TextTokens.ofBytes(bytes.array()), config.contextLength(), 0.1, 1);
    TrainingSettings settings =
        TrainingSettings.adamW(3e-3, 8, new TrainingSettings.Length.Steps(150));
    try (LocalModelTrainer trainer = new LocalModelTrainer(config)) {
      return trainer
          .train(
              InitialWeights.create(config.layout(), 1),
              data,
              settings,
              2,
              (step, steps, loss) -> {},
              () -> false)
          .parameters();
    }
  }

  @ParameterizedTest
  @CsvSource({"F32,true", "F32,false", "F16,true", "F16,false"})
  void continuesAsWeDo(WeightType type, boolean tiedHead) throws IOException {
    TransformerConfig config = config(tiedHead);
    float[] weights = tiedHead ? tied : untied;
    Path file = directory.resolve("model.gguf");
    ModelExport.plan("test", config, ModelExport.Format.GGUF, type, directory).write(weights, file);
    float[] ours = type == WeightType.F32 ? weights : halves(config, weights);
    List<List<Integer>> expected = ours(config, ours);
    double equal = type == WeightType.F32 ? EQUAL : EQUAL_BY_HALVES;
    int compared = 0;
    try (LlamaModel engine = open(file)) {
      for (int p = 0; p < PROMPTS.size(); p++) {
        byte[] theirs = theirs(engine, PROMPTS.get(p));
        compared += agreement(config, ours, equal, PROMPTS.get(p), expected.get(p), theirs);
      }
    }
    // A fork ends a comparison; most of the text must have been compared all the same.
    assertThat(compared).isGreaterThan(PROMPTS.size() * BYTES * 3 / 4);
  }

  private static LlamaModel open(Path file) {
    return new LlamaModel(
        new ModelParameters()
            .setModel(file.toString())
            .setCacheTypeK(CacheType.F32)
            .setCacheTypeV(CacheType.F32)
            .setCtxSize(256)
            .setThreads(1)
            .setThreadsBatch(1)
            .setGpuLayers(0));
  }

  /** Gains stay as they are. */
  private static float[] halves(TransformerConfig config, float[] weights) {
    float[] rounded = weights.clone();
    config.layout().tensors().stream()
        .filter(tensor -> tensor.shape().size() == 2)
        .forEach(
            tensor -> {
              for (int i = (int) tensor.offset(); i < tensor.end(); i++) {
                rounded[i] = Float16.rounded(rounded[i]);
              }
            });
    return rounded;
  }

  private static List<List<Integer>> ours(TransformerConfig config, float[] weights) {
    return new TextGenerator(config, weights, new ByteText(256), DecodingEngines.cached())
            .generate(
                PROMPTS,
                GenerationSettings.of(SamplingSettings.greedy(), BYTES),
                (prompt, piece) -> {})
            .texts()
            .stream()
            .map(GeneratedText::tokens)
            .toList();
  }

  /** Whole characters; what is none, a character cut at the end among them, is U+FFFD. */
  private static byte[] asTheyShow(List<Integer> tokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    tokens.stream().filter(token -> token != ByteTokenizer.END).forEach(bytes::write);
    return bytes.toString(StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] theirs(LlamaModel engine, String prompt) {
    return engine
        .complete(
            new InferenceParameters(prompt)
                .setNPredict(BYTES)
                .setTemperature(0)
                .setRepeatPenalty(1)
                .setFrequencyPenalty(0)
                .setPresencePenalty(0)
                .setCachePrompt(false))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Tokens that agree before the texts end or fork; a fork must have been a close one. */
  private static int agreement(
      TransformerConfig config,
      float[] weights,
      double equal,
      String prompt,
      List<Integer> ours,
      byte[] theirs) {
    if (Arrays.equals(asTheyShow(ours), theirs)) {
      return ours.size();
    }
    int fork = fork(ours, new String(theirs, StandardCharsets.UTF_8));
    // They show characters: the token that differs is one of the last character's.
    double gap = Double.POSITIVE_INFINITY;
    for (int count = Math.max(0, fork - 3); count <= fork; count++) {
      gap = Math.min(gap, gap(config, weights, prompt, ours.subList(0, count)));
    }
    assertThat(gap)
        .as(
            "after %s and %s we go on with %s and they say %s",
            prompt,
            ours.subList(0, fork),
            ours.subList(fork, ours.size()),
            new String(theirs, StandardCharsets.UTF_8))
        .isLessThan(equal);
    return fork;
  }

  /** Most of our tokens whose whole characters they have said as well. */
  private static int fork(List<Integer> ours, String theirs) {
    int agreed = 0;
    for (int count = 1; count <= ours.size(); count++) {
      String said = new String(asTheyShow(ours.subList(0, count)), StandardCharsets.UTF_8);
      String whole = said.endsWith("\uFFFD") ? said.substring(0, said.length() - 1) : said;
      if (!theirs.startsWith(whole)) {
        break;
      }
      agreed = count;
    }
    return agreed;
  }

  /** How far our best token's logit is above the second best's. */
  private static double gap(
      TransformerConfig config, float[] weights, String prompt, List<Integer> said) {
    int[] tokens =
        IntStream.concat(
                Arrays.stream(new ByteText(256).prompt(prompt)),
                said.stream().mapToInt(Integer::intValue))
            .toArray();
    try (DecodingEngine engine = DecodingEngines.cached().open(config, weights, 1)) {
      float[] logits = engine.prefill(new int[][] {tokens}).clone();
      Arrays.sort(logits);
      return logits[logits.length - 1] - logits[logits.length - 2];
    }
  }
}
