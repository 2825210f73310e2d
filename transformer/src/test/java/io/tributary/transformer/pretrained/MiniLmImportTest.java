package io.tributary.transformer.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.LanguageModelEngine;
import io.tributary.transformer.TokenBatch;
import io.tributary.transformer.samediff.SameDiffEngine;
import io.tributary.transformer.tokens.HuggingFaceTextTokenizer;
import io.tributary.transformer.tokens.TextTokenizer;
import io.tributary.transformer.tokens.TokenWindow;
import io.tributary.transformer.tokens.TokenWindows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * all-MiniLM-L6-v2 from its jar: what the mapped weights compute is what ONNX Runtime computes from
 * the file itself.
 */
class MiniLmImportTest {
  private static final int BATCH = 8;

  @TempDir static Path directory;
  private static PretrainedModel model;
  private static TextTokenizer tokenizer;

  @BeforeAll
  static void importIt() throws IOException {
    model = PretrainedImport.read(MiniLm.jar(), ImportOptions.DEFAULTS);
    model.write(directory.resolve("model"));
    tokenizer = HuggingFaceTextTokenizer.open(directory.resolve("model/tokenizer.json"));
  }

  @AfterAll
  static void forgetIt() {
    tokenizer.close();
    model = null;
  }

  @Test
  void itsPartsAreThoseOfItsGraph() {
    TransformerConfig config = model.config();
    assertThat(config.vocabularySize()).isEqualTo(30522);
    assertThat(config.width()).isEqualTo(384);
    assertThat(config.layers()).isEqualTo(6);
    assertThat(config.heads()).isEqualTo(12);
    assertThat(config.feedForwardWidth()).isEqualTo(1536);
    assertThat(config.contextLength()).isEqualTo(512);
    assertThat(config.stack()).isEqualTo(Stack.ENCODER);
    assertThat(config.norm())
        .isEqualTo(new NormRules(NormRules.Kind.LAYER_NORM, NormRules.Place.AFTER, 1e-12));
    assertThat(config.feedForward().kind()).isEqualTo(FeedForwardRules.Kind.GELU_ERF);
    assertThat(config.head().kind()).isEqualTo(HeadRules.Kind.MASKED_LM);
    assertThat(config.tokenizer()).isEqualTo(tokenizer.digest());
    assertThat(model.leftOut()).isEmpty();
    assertThat(model.fresh()).isEmpty();
    // Those of the file but the second token type's, since the first is part of the positions.
    assertThat(config.layout().parameterCount()).isEqualTo(22_565_376 - 2 * 384);
  }

  @Test
  void sentenceEmbeddingsAgreeWithOnnxRuntime() throws Exception {
    NaiveEncoder encoder = new NaiveEncoder(model.config(), model.weights());
    TokenWindows windows = new TokenWindows(tokenizer, 128);
    try (ModelArchive archive = ModelArchive.open(MiniLm.jar());
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession session = environment.createSession(archive.model().toString())) {
      assertThat(MiniLm.SENTENCES).hasSizeGreaterThanOrEqualTo(20);
      for (String sentence : MiniLm.SENTENCES) {
        TokenWindow window = windows.single(sentence);
        int[] ids = Arrays.copyOf(window.ids(), window.present());
        double[] ours = encoder.embedding(ids);
        double[] theirs = OnnxSentences.embedding(environment, session, window);
        for (int i = 0; i < ours.length; i++) {
          assertThat(ours[i])
              .as("%s, dimension %d", sentence, i)
              .isCloseTo(theirs[i], within(1e-5));
        }
      }
    }
  }

  /** A classifier whose matrix is the identity answers with the mean of the last layer. */
  @Test
  void theEnginesSentenceEmbeddingsAgreeWithOnnxRuntime() throws Exception {
    int width = model.config().width();
    ImportOptions options =
        new ImportOptions(
            HeadRules.Kind.CLASSIFICATION, width, HeadRules.Pooling.MEAN, 128, false, 42);
    PretrainedModel pooled = PretrainedImport.read(MiniLm.jar(), options);
    int classifier = (int) pooled.config().layout().tensor("classifier.weight").offset();
    for (int row = 0; row < width; row++) {
      for (int column = 0; column < width; column++) {
        pooled.weights()[classifier + row * width + column] = row == column ? 1 : 0;
      }
    }
    TokenWindows windows = new TokenWindows(tokenizer, 128);
    try (ModelArchive archive = ModelArchive.open(MiniLm.jar());
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession session = environment.createSession(archive.model().toString());
        LanguageModelEngine engine = SameDiffEngine.open(pooled.config(), BATCH, false)) {
      TokenBatch batch = TokenBatch.of(pooled.config(), BATCH);
      for (int first = 0; first < MiniLm.SENTENCES.size(); first += BATCH) {
        int count = Math.min(BATCH, MiniLm.SENTENCES.size() - first);
        List<TokenWindow> filled =
            MiniLm.SENTENCES.subList(first, first + count).stream().map(windows::single).toList();
        batch.clear();
        for (int i = 0; i < count; i++) {
          for (int t = 0; t < filled.get(i).present(); t++) {
            batch.setInput(i, t, filled.get(i).id(t));
          }
        }
        float[] means = engine.logits(pooled.weights(), batch);
        for (int i = 0; i < count; i++) {
          double[] ours = normalised(means, i * width, width);
          double[] theirs = OnnxSentences.embedding(environment, session, filled.get(i));
          for (int j = 0; j < width; j++) {
            assertThat(ours[j])
                .as("sentence %d, dimension %d", first + i, j)
                .isCloseTo(theirs[j], within(1e-4));
          }
        }
      }
    }
  }

  private static double[] normalised(float[] values, int from, int length) {
    double square = 0;
    for (int i = 0; i < length; i++) {
      square += (double) values[from + i] * values[from + i];
    }
    double[] result = new double[length];
    for (int i = 0; i < length; i++) {
      result[i] = values[from + i] / Math.sqrt(square);
    }
    return result;
  }

  @Test
  void similarSentencesAreNear() {
    NaiveEncoder encoder = new NaiveEncoder(model.config(), model.weights());
    double[] cat = encoder.embedding(ids("The cat sat on the mat."));
    double[] feline = encoder.embedding(ids("A feline rested upon a rug."));
    double[] rates = encoder.embedding(ids("Interest rates rose again this quarter."));
    assertThat(dot(cat, feline)).isGreaterThan(0.5);
    assertThat(dot(cat, rates)).isLessThan(0.15);
  }

  private static int[] ids(String text) {
    TokenWindow window = new TokenWindows(tokenizer, 128).single(text);
    return Arrays.copyOf(window.ids(), window.present());
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
