package io.tributary.transformer.export;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.store.NewTarget;
import io.tributary.transformer.tokens.ByteVocabulary;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A GGUF file for llama.cpp: a model of Llama's kind whose tokens are bytes.
 *
 * <p>Its vocabulary is called {@code gpt2}, a byte-level BPE. No merge must ever apply, but a
 * loader insists on the list of them and may take an empty one for none: it has one merge, of two
 * bytes that occur in no UTF-8.
 */
final class GgufModel implements ExportPlan {
  /** What llama.cpp calls a file of singles, and one of halves. */
  private static final int ALL_F32 = 0;

  private static final int MOSTLY_F16 = 1;

  private static final int NORMAL_TOKEN = 1;
  private static final int CONTROL_TOKEN = 3;
  private static final int NEVER = 0xF8;

  private final String name;
  private final TransformerConfig config;
  private final WeightType type;

  private GgufModel(String name, TransformerConfig config, WeightType type) {
    this.name = name;
    this.config = config;
    this.type = type;
  }

  static ExportPlan plan(String name, ModelConfig config, WeightType type, Path tokenizer) {
    Twin twin = Twin.of(config);
    if (twin != Twin.LLAMA) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          "the model is of the kind of "
              + twin
              + " but --format gguf writes Llama's only: use --format safetensors");
    }
    TransformerConfig transformer = (TransformerConfig) config;
    if (!TokenizerChoice.of(transformer, tokenizer).builtIn()) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          "model.tokenizer is "
              + transformer.tokenizer()
              + " but --format gguf writes models of bytes only: use --format safetensors, and"
              + " llama.cpp's convert_hf_to_gguf.py");
    }
    return new GgufModel(name, transformer, type);
  }

  @Override
  public boolean directory() {
    return false;
  }

  @Override
  public void write(float[] weights, Path out) throws IOException {
    List<ExportTensor> tensors = GgufTensors.of(config, weights);
    NewTarget.file(out, stream -> write(tensors, stream));
  }

  private void write(List<ExportTensor> tensors, OutputStream out) throws IOException {
    GgufHeader header = new GgufHeader();
    describeModel(header);
    describeTokens(header);
    tensors.forEach(tensor -> header.tensor(tensor, typeOf(tensor)));
    out.write(header.bytes());
    TensorOutput values = new TensorOutput(out);
    for (ExportTensor tensor : tensors) {
      values.write(tensor, typeOf(tensor));
      long bytes = tensor.size() * typeOf(tensor).bytes();
      out.write(new byte[(int) (GgufHeader.padded(bytes) - bytes)]);
    }
  }

  /** llama.cpp multiplies by gains in singles only. */
  private WeightType typeOf(ExportTensor tensor) {
    return tensor.shape().size() == 1 ? WeightType.F32 : type;
  }

  private void describeModel(GgufHeader header) {
    PositionRules position = config.position();
    header
        .text("general.architecture", "llama")
        .text("general.name", name)
        .number("general.alignment", GgufHeader.ALIGNMENT)
        .number("general.file_type", type == WeightType.F32 ? ALL_F32 : MOSTLY_F16)
        .number("llama.vocab_size", GgufTensors.TOKENS)
        .number("llama.context_length", config.contextLength())
        .number("llama.embedding_length", config.width())
        .number("llama.block_count", config.layers())
        .number("llama.feed_forward_length", config.feedForwardWidth())
        .number("llama.attention.head_count", config.heads())
        .number("llama.attention.head_count_kv", config.keyValueHeads())
        .number("llama.attention.layer_norm_rms_epsilon", config.norm().epsilon().floatValue())
        .number("llama.rope.dimension_count", config.headWidth())
        .number("llama.rope.freq_base", position.base().floatValue());
    if (position.scaling() == PositionRules.Scaling.LINEAR) {
      header
          .text("llama.rope.scaling.type", "linear")
          .number("llama.rope.scaling.factor", position.factor().floatValue());
    }
  }

  private static void describeTokens(GgufHeader header) {
    List<String> tokens = new ArrayList<>();
    for (int value = 0; value < ByteVocabulary.SIZE; value++) {
      tokens.add(ByteVocabulary.token(value));
    }
    tokens.add("<|end|>");
    List<Integer> types = new ArrayList<>(Collections.nCopies(ByteVocabulary.SIZE, NORMAL_TOKEN));
    types.add(CONTROL_TOKEN);
    int end = GgufTensors.TOKENS - 1;
    header
        .text("tokenizer.ggml.model", "gpt2")
        .text("tokenizer.ggml.pre", "gpt-2")
        .texts("tokenizer.ggml.tokens", tokens)
        .numbers("tokenizer.ggml.token_type", types)
        .texts(
            "tokenizer.ggml.merges",
            List.of(ByteVocabulary.token(NEVER) + " " + ByteVocabulary.token(NEVER + 1)))
        .number("tokenizer.ggml.bos_token_id", end)
        .number("tokenizer.ggml.eos_token_id", end)
        .flag("tokenizer.ggml.add_bos_token", false)
        .flag("tokenizer.ggml.add_eos_token", false)
        .flag("tokenizer.ggml.add_space_prefix", false);
  }
}
