package io.tributary.transformer.pretrained;

import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.tokens.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small Hugging Face directories with random weights, by the names that the library gives them. */
final class HuggingFaceFiles {
  static final String BERT =
      """
      {"model_type":"bert","vocab_size":9,"hidden_size":8,"num_hidden_layers":2,
       "num_attention_heads":2,"intermediate_size":12,"max_position_embeddings":10,
       "type_vocab_size":2,"hidden_act":"gelu","layer_norm_eps":1e-12,"pad_token_id":0}
      """;
  static final String GPT2 =
      """
      {"model_type":"gpt2","vocab_size":9,"n_embd":8,"n_layer":2,"n_head":2,"n_positions":10,
       "activation_function":"gelu_new","layer_norm_epsilon":1e-5}
      """;
  static final String LLAMA =
      """
      {"model_type":"llama","vocab_size":9,"hidden_size":16,"num_hidden_layers":2,
       "num_attention_heads":4,"num_key_value_heads":2,"intermediate_size":12,
       "max_position_embeddings":10,"hidden_act":"silu","rms_norm_eps":1e-6,"rope_theta":5000.0,
       "rope_scaling":null,"attention_bias":false,"tie_word_embeddings":false}
      """;

  private final Map<String, List<Integer>> shapes = new LinkedHashMap<>();
  private final Map<String, float[]> values = new LinkedHashMap<>();

  HuggingFaceFiles with(String name, Integer... shape) {
    shapes.put(name, List.of(shape));
    int size = 1;
    for (int dimension : shape) {
      size *= dimension;
    }
    CounterRandom random = new CounterRandom(7, name);
    float[] numbers = new float[size];
    for (int i = 0; i < size; i++) {
      numbers[i] = (float) (0.4 * random.nextGaussian());
    }
    values.put(name, numbers);
    return this;
  }

  HuggingFaceFiles without(String name) {
    shapes.remove(name);
    values.remove(name);
    return this;
  }

  /** The value in a row and column of a tensor as the file has it. */
  float at(String name, int row, int column) {
    return values.get(name)[row * shapes.get(name).get(1) + column];
  }

  int rows(String name) {
    return shapes.get(name).get(0);
  }

  int columns(String name) {
    return shapes.get(name).get(1);
  }

  float at(String name, int index) {
    return values.get(name)[index];
  }

  Path write(Path directory, String config) throws IOException {
    Files.createDirectories(directory);
    SafetensorsWriter weights = new SafetensorsWriter();
    shapes.forEach((name, shape) -> weights.floats(name, shape, values.get(name)));
    weights.write(directory.resolve("model.safetensors"));
    Files.writeString(directory.resolve("config.json"), config);
    Files.writeString(directory.resolve("tokenizer.json"), TokenizerFiles.WORD_PIECE);
    return directory;
  }

  static HuggingFaceFiles bert(String prefix, String gain, String bias) {
    HuggingFaceFiles files =
        new HuggingFaceFiles()
            .with(prefix + "embeddings.word_embeddings.weight", 9, 8)
            .with(prefix + "embeddings.position_embeddings.weight", 10, 8)
            .with(prefix + "embeddings.token_type_embeddings.weight", 2, 8)
            .with(prefix + "embeddings.LayerNorm." + gain, 8)
            .with(prefix + "embeddings.LayerNorm." + bias, 8);
    for (int layer = 0; layer < 2; layer++) {
      String name = prefix + "encoder.layer." + layer + ".";
      for (String part : List.of("query", "key", "value")) {
        files.with(name + "attention.self." + part + ".weight", 8, 8);
        files.with(name + "attention.self." + part + ".bias", 8);
      }
      files.with(name + "attention.output.dense.weight", 8, 8);
      files.with(name + "attention.output.dense.bias", 8);
      files.with(name + "attention.output.LayerNorm." + gain, 8);
      files.with(name + "attention.output.LayerNorm." + bias, 8);
      files.with(name + "intermediate.dense.weight", 12, 8);
      files.with(name + "intermediate.dense.bias", 12);
      files.with(name + "output.dense.weight", 8, 12);
      files.with(name + "output.dense.bias", 8);
      files.with(name + "output.LayerNorm." + gain, 8);
      files.with(name + "output.LayerNorm." + bias, 8);
    }
    return files;
  }

  static HuggingFaceFiles gpt2(String prefix) {
    HuggingFaceFiles files =
        new HuggingFaceFiles().with(prefix + "wte.weight", 9, 8).with(prefix + "wpe.weight", 10, 8);
    for (int layer = 0; layer < 2; layer++) {
      String name = prefix + "h." + layer + ".";
      files.with(name + "ln_1.weight", 8).with(name + "ln_1.bias", 8);
      files.with(name + "attn.bias", 1, 1, 10, 10);
      files.with(name + "attn.c_attn.weight", 8, 24).with(name + "attn.c_attn.bias", 24);
      files.with(name + "attn.c_proj.weight", 8, 8).with(name + "attn.c_proj.bias", 8);
      files.with(name + "ln_2.weight", 8).with(name + "ln_2.bias", 8);
      files.with(name + "mlp.c_fc.weight", 8, 32).with(name + "mlp.c_fc.bias", 32);
      files.with(name + "mlp.c_proj.weight", 32, 8).with(name + "mlp.c_proj.bias", 8);
    }
    return files.with(prefix + "ln_f.weight", 8).with(prefix + "ln_f.bias", 8);
  }

  static HuggingFaceFiles llama() {
    HuggingFaceFiles files = new HuggingFaceFiles().with("model.embed_tokens.weight", 9, 16);
    for (int layer = 0; layer < 2; layer++) {
      String name = "model.layers." + layer + ".";
      files.with(name + "input_layernorm.weight", 16);
      files.with(name + "self_attn.q_proj.weight", 16, 16);
      files.with(name + "self_attn.k_proj.weight", 8, 16);
      files.with(name + "self_attn.v_proj.weight", 8, 16);
      files.with(name + "self_attn.o_proj.weight", 16, 16);
      files.with(name + "post_attention_layernorm.weight", 16);
      files.with(name + "mlp.gate_proj.weight", 12, 16);
      files.with(name + "mlp.up_proj.weight", 12, 16);
      files.with(name + "mlp.down_proj.weight", 16, 12);
    }
    return files.with("model.norm.weight", 16).with("lm_head.weight", 9, 16);
  }
}
