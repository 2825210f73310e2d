package io.tributary.transformer.export;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A classifier behind an encoder, in the layout of the sentence-transformers library: a chain of
 * encoder, pooling and one linear layer, whose answers are the classes' logits.
 *
 * <p>Hugging Face's own {@code BertForSequenceClassification} is no twin: between encoder and
 * classifier it has a pooler, a layer with tanh that no weights make vanish.
 */
final class SentenceClassifier {
  private static final String POOLING = "1_Pooling";
  private static final String DENSE = "2_Dense";

  private SentenceClassifier() {}

  /** Adds the files to a directory that holds the encoder. */
  static void write(Path directory, TransformerConfig config, float[] weights, WeightType type)
      throws IOException {
    HuggingFaceDirectory.write(
        directory.resolve("modules.json"),
        List.of(
            module(0, "", "Transformer"),
            module(1, POOLING, "Pooling"),
            module(2, DENSE, "Dense")));
    HuggingFaceDirectory.write(
        directory.resolve("sentence_bert_config.json"),
        Map.of("max_seq_length", config.contextLength(), "do_lower_case", false));
    Path pooling = Files.createDirectory(directory.resolve(POOLING));
    HuggingFaceDirectory.write(pooling.resolve("config.json"), pooling(config));
    Path dense = Files.createDirectory(directory.resolve(DENSE));
    HuggingFaceDirectory.write(dense.resolve("config.json"), linear(config));
    ExportTensors tensors = new ExportTensors(config.layout(), weights);
    tensors.matrix("linear.weight", ModelTensors.weight(ModelTensors.CLASSIFIER), true);
    tensors.vector("linear.bias", ModelTensors.bias(ModelTensors.CLASSIFIER));
    DurableFiles.write(
        dense.resolve("model.safetensors"),
        out -> SafetensorsOutput.write(out, tensors.listed(), type));
    DurableFiles.syncDirectory(directory);
  }

  private static Map<String, Object> module(int index, String path, String type) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("idx", index);
    json.put("name", Integer.toString(index));
    json.put("path", path);
    json.put("type", "sentence_transformers.models." + type);
    return json;
  }

  private static Map<String, Object> pooling(TransformerConfig config) {
    boolean first = config.head().pooling() == HeadRules.Pooling.FIRST;
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("word_embedding_dimension", config.width());
    json.put("pooling_mode_cls_token", first);
    json.put("pooling_mode_mean_tokens", !first);
    json.put("pooling_mode_max_tokens", false);
    json.put("pooling_mode_mean_sqrt_len_tokens", false);
    return json;
  }

  private static Map<String, Object> linear(TransformerConfig config) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("in_features", config.width());
    json.put("out_features", config.head().classes());
    json.put("bias", true);
    json.put("activation_function", "torch.nn.modules.linear.Identity");
    return json;
  }
}
