package io.tributary.transformer.export;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.LoraMerge;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.model.TuningRules;
import io.tributary.common.store.NewTarget;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

/**
 * Takes a model out of this program: into files that Hugging Face's libraries, llama.cpp or DL4J
 * read.
 *
 * <pre>
 *   ModelConfig → {@link Twin} → a family's table → views of the flat vector → file
 * </pre>
 *
 * <p>All that can be refused is refused before a weight is read, and what is written appears whole
 * or not at all.
 */
public final class ModelExport {
  /** What other programs read. */
  public enum Format {
    /** A directory as Hugging Face's libraries make it. */
    SAFETENSORS,
    /** One file for llama.cpp and what is built on it. */
    GGUF,
    /** DL4J's own zip of a network. */
    DL4J
  }

  private final ModelConfig config;
  private final ExportPlan plan;

  private ModelExport(ModelConfig config, ExportPlan plan) {
    this.config = config;
    this.plan = plan;
  }

  /**
   * Plans an export.
   *
   * @param name what the model is called inside the file
   * @param config what it is; adapters are added in
   * @param tokenizer the model's {@code tokenizer.json}; not looked at if its tokens are bytes
   * @throws UserErrorException naming what of the model the format cannot say
   */
  public static ModelExport plan(
      String name, ModelConfig config, Format format, WeightType type, Path tokenizer) {
    ModelConfig plain = adapted(config) ? LoraMerge.merged((TransformerConfig) config) : config;
    ExportPlan plan =
        switch (format) {
          case SAFETENSORS -> HuggingFaceDirectory.plan(plain, type, tokenizer);
          case GGUF -> GgufModel.plan(name, plain, type, tokenizer);
          case DL4J -> Dl4jArchive.plan(plain, type);
        };
    return new ModelExport(config, plan);
  }

  private static boolean adapted(ModelConfig config) {
    return config instanceof TransformerConfig transformer
        && transformer.tuning().kind() == TuningRules.Kind.LORA;
  }

  /**
   * Checks that nothing stands where the export would.
   *
   * @throws FileAlreadyExistsException when there is something
   */
  public void requireFree(Path out) throws IOException {
    if (plan.directory()) {
      NewTarget.requireFreeDirectory(out);
    } else {
      NewTarget.requireFreeFile(out);
    }
  }

  /**
   * Writes the model.
   *
   * @param weights flat vector in layout order
   * @param out must not exist
   * @throws FileAlreadyExistsException when there is something
   * @throws UserErrorException when a value does not fit into the type
   */
  public void write(float[] weights, Path out) throws IOException {
    plan.write(
        adapted(config) ? LoraMerge.merge((TransformerConfig) config, weights) : weights, out);
  }
}
