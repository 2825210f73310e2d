package io.tributary.transformer.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.transformer.LanguageModelEngine;
import io.tributary.transformer.TokenBatch;
import io.tributary.transformer.samediff.SameDiffEngine;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An imported model answers what the original would: order of halves, heads and pairs included. */
class HuggingFaceForwardTest {
  private static final int[] IDS = {3, 1, 8, 0, 5, 5, 2, 7, 4, 6};

  @TempDir Path directory;

  private void agree(HuggingFaceFiles files, String config, double[][] expected)
      throws IOException {
    PretrainedModel model =
        PretrainedImport.read(files.write(directory, config), ImportOptions.DEFAULTS);
    try (LanguageModelEngine engine = SameDiffEngine.open(model.config(), 1, false)) {
      TokenBatch batch = TokenBatch.of(model.config(), 1);
      for (int t = 0; t < IDS.length; t++) {
        batch.setInput(0, t, IDS[t]);
      }
      float[] logits = engine.logits(model.weights(), batch);
      int vocabulary = model.config().vocabularySize();
      for (int t = 0; t < IDS.length; t++) {
        for (int token = 0; token < vocabulary; token++) {
          assertThat((double) logits[t * vocabulary + token])
              .as("position %d, token %d", t, token)
              .isCloseTo(expected[t][token], within(1e-4));
        }
      }
    }
  }

  @Test
  void gpt2AnswersAsTheOriginal() throws IOException {
    HuggingFaceFiles files = HuggingFaceFiles.gpt2("");
    agree(files, HuggingFaceFiles.GPT2, new NaiveHuggingFace(files).gpt2(IDS));
  }

  @Test
  void llamaAnswersAsTheOriginal() throws IOException {
    // Heads of four columns: with two, every order of pairs is the same.
    HuggingFaceFiles files = HuggingFaceFiles.llama();
    agree(files, HuggingFaceFiles.LLAMA, new NaiveHuggingFace(files).llama(IDS));
  }
}
