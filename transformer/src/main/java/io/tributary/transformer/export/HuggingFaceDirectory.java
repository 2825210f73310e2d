package io.tributary.transformer.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.store.NewTarget;
import io.tributary.transformer.mapping.BertTensors;
import io.tributary.transformer.mapping.Gpt2Tensors;
import io.tributary.transformer.mapping.LlamaTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A directory as Hugging Face's libraries make it: {@code model.safetensors}, {@code config.json},
 * {@code tokenizer.json}, {@code tokenizer_config.json}, and {@code generation_config.json} where
 * there is something to generate. A classifier's head goes into {@link SentenceClassifier}'s files.
 */
final class HuggingFaceDirectory implements ExportPlan {
  private static final ObjectWriter JSON = new ObjectMapper().writerWithDefaultPrettyPrinter();

  private final Twin twin;
  private final TransformerConfig config;
  private final WeightType type;
  private final TokenizerChoice tokenizer;

  private HuggingFaceDirectory(
      Twin twin, TransformerConfig config, WeightType type, TokenizerChoice tokenizer) {
    this.twin = twin;
    this.config = config;
    this.type = type;
    this.tokenizer = tokenizer;
  }

  static ExportPlan plan(ModelConfig config, WeightType type, Path tokenizer) {
    Twin twin = Twin.of(config);
    TransformerConfig transformer = (TransformerConfig) config;
    return new HuggingFaceDirectory(
        twin, transformer, type, TokenizerChoice.of(transformer, tokenizer));
  }

  /** The tensors of a family's file as views of our vector. */
  static List<ExportTensor> tensors(Twin twin, TransformerConfig config, float[] weights) {
    ExportTensors list = new ExportTensors(config.layout(), weights);
    switch (twin) {
      case BERT -> BertTensors.BARE.describe(config, list);
      case GPT2 -> Gpt2Tensors.describe(config, Gpt2Tensors.PREFIX, list);
      case LLAMA -> LlamaTensors.describe(config, list);
    }
    return list.whole(
        config.head().languageModel()
            ? Set.of()
            : Set.of(
                ModelTensors.weight(ModelTensors.CLASSIFIER),
                ModelTensors.bias(ModelTensors.CLASSIFIER)));
  }

  @Override
  public boolean directory() {
    return true;
  }

  @Override
  public void write(float[] weights, Path out) throws IOException {
    NewTarget.directory(out, directory -> fill(directory, weights));
  }

  private void fill(Path directory, float[] weights) throws IOException {
    DurableFiles.write(
        directory.resolve("model.safetensors"),
        out -> SafetensorsOutput.write(out, tensors(twin, config, weights), type));
    write(directory.resolve("config.json"), HuggingFaceSettings.of(twin, config, tokenizer, type));
    DurableFiles.write(directory.resolve(TokenizerChoice.FILE), tokenizer.file());
    write(
        directory.resolve("tokenizer_config.json"),
        tokenizer.configuration(config.contextLength(), twin == Twin.BERT));
    if (config.head().kind() == HeadRules.Kind.CAUSAL_LM) {
      write(directory.resolve("generation_config.json"), HuggingFaceSettings.generation(tokenizer));
    } else if (config.head().kind() == HeadRules.Kind.CLASSIFICATION) {
      SentenceClassifier.write(directory, config, weights, type);
    }
  }

  static void write(Path file, Object json) throws IOException {
    DurableFiles.write(file, JSON.writeValueAsBytes(json));
  }
}
