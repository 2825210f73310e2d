package io.tributary.transformer.pretrained;

import io.tributary.common.config.BoundedFile;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.tokens.ByteVocabulary;
import io.tributary.transformer.tokens.HuggingFaceTextTokenizer;
import io.tributary.transformer.tokens.TextTokenizer;
import io.tributary.transformer.tokens.TokenizerDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Brings pretrained models in: an ONNX file of BERT's kind (all-MiniLM-L6-v2), a jar that holds
 * one, or a Hugging Face directory of the BERT, GPT-2 or Llama kinds.
 *
 * <p>Files of strangers are read within bounds, and a model comes in whole or is refused by the
 * first of its parts that we do not have: an import that quietly computed something else would be
 * noticed months later, if ever.
 */
public final class PretrainedImport {
  private static final int MAX_TOKENIZER_BYTES = 32 << 20;
  private static final String WEIGHTS = "model.safetensors";
  private static final String SHARDS = "model.safetensors.index.json";

  private PretrainedImport() {}

  /**
   * Reads a model.
   *
   * @param from a directory, or a file that ends in {@code .onnx} or {@code .jar}
   * @throws UserErrorException naming what is missing, malformed or not supported
   */
  public static PretrainedModel read(Path from, ImportOptions options) {
    String name = from.getFileName() == null ? "" : from.getFileName().toString();
    if (Files.isDirectory(from)) {
      return directory(from, name, options);
    } else if (name.endsWith(".onnx")) {
      return onnx(from, tokenizerBeside(from, name), name, options);
    } else if (name.endsWith(".jar")) {
      return jar(from, name, options);
    }
    throw new UserErrorException(
        UserErrorException.Kind.USAGE,
        from
            + (Files.exists(from) ? " is nothing that can be imported" : " does not exist")
            + ": give a directory with config.json, "
            + WEIGHTS
            + " and tokenizer.json, or a file .onnx or .jar");
  }

  private static PretrainedModel jar(Path from, String name, ImportOptions options) {
    try (ModelArchive archive = ModelArchive.open(from)) {
      try {
        return onnx(archive.model(), archive.tokenizer(), name, options);
      } catch (UserErrorException e) {
        throw archive.ofJar(from, e);
      }
    }
  }

  /** {@code NAME.onnx} has {@code NAME-tokenizer.json} or {@code tokenizer.json} beside it. */
  private static Path tokenizerBeside(Path onnx, String name) {
    Path own =
        onnx.resolveSibling(
            name.substring(0, name.length() - ".onnx".length())
                + "-"
                + PretrainedModel.TOKENIZER_FILE);
    return Files.exists(own) ? own : onnx.resolveSibling(PretrainedModel.TOKENIZER_FILE);
  }

  private static PretrainedModel onnx(
      Path model, Path tokenizer, String name, ImportOptions options) {
    try (OnnxFile onnx = OnnxFile.open(model)) {
      return assemble(
          model, onnx.tensors(), BertFiles.of(onnx), tokenizer, name, options, Optional.empty());
    }
  }

  private static PretrainedModel directory(Path from, String name, ImportOptions options) {
    HuggingFaceConfig config = HuggingFaceConfig.read(from.resolve("config.json"));
    Path weights = from.resolve(WEIGHTS);
    if (!Files.exists(weights) && Files.exists(from.resolve(SHARDS))) {
      throw Malformed.unsupported(
          from.resolve(SHARDS), "a model in several files is not read: save it as one " + WEIGHTS);
    }
    try (TensorFile file = SafetensorsFile.open(weights)) {
      PretrainedKind kind = kind(config, file);
      Optional<ClassifierFiles> classifier =
          options.head() == null ? ClassifierFiles.in(from) : Optional.empty();
      return assemble(
          config.path(),
          file,
          kind,
          from.resolve(PretrainedModel.TOKENIZER_FILE),
          name,
          classifier.map(found -> found.in(options)).orElse(options),
          classifier);
    }
  }

  private static PretrainedKind kind(HuggingFaceConfig config, TensorFile file) {
    return config
        .choice(
            "model_type",
            "",
            Map.<String, Supplier<PretrainedKind>>of(
                "bert", () -> BertFiles.of(config, file),
                "gpt2", () -> new Gpt2Kind(config, file),
                "llama", () -> new LlamaKind(config)))
        .get();
  }

  private static PretrainedModel assemble(
      Path described,
      TensorFile file,
      PretrainedKind kind,
      Path tokenizerFile,
      String name,
      ImportOptions options,
      Optional<ClassifierFiles> classifier) {
    String digest;
    int tokens;
    try (TextTokenizer tokenizer = HuggingFaceTextTokenizer.open(tokenizerFile)) {
      digest = tokenizer.digest();
      tokens = tokenizer.vocabularySize();
    }
    // What an export of a model of bytes has beside it; back here it is the built-in one again.
    boolean builtIn = digest.equals(ByteVocabulary.digest());
    TransformerConfig config =
        configuration(described, kind, builtIn ? TextModelConfig.BYTES : digest, options);
    if (tokens > config.vocabularySize()) {
      throw Malformed.unsupported(
          tokenizerFile,
          "the tokenizer has "
              + tokens
              + " tokens but the model "
              + config.vocabularySize()
              + ": give the tokenizer that belongs to it");
    }
    WeightAssembly.rehearse(kind, file, config);
    WeightAssembly assembly = WeightAssembly.of(kind, file, config);
    classifier.ifPresent(found -> found.fill(assembly, config));
    List<String> fresh = assembly.finish(options.seed(), fresh(config));
    return new PretrainedModel(
        name,
        config,
        assembly.weights(),
        builtIn ? Optional.empty() : Optional.of(bytes(tokenizerFile, digest)),
        fresh,
        assembly.unused());
  }

  /** A classifier is new in every fine-tuning; all else must come from the file. */
  private static Set<String> fresh(TransformerConfig config) {
    return config.head().kind() == HeadRules.Kind.CLASSIFICATION
        ? Set.of(
            ModelTensors.weight(ModelTensors.CLASSIFIER),
            ModelTensors.bias(ModelTensors.CLASSIFIER))
        : Set.of();
  }

  private static TransformerConfig configuration(
      Path described, PretrainedKind kind, String digest, ImportOptions options) {
    try {
      return kind.config(options, digest);
    } catch (IllegalArgumentException e) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE, described + ": " + e.getMessage(), e);
    }
  }

  private static byte[] bytes(Path tokenizer, String digest) {
    try {
      byte[] bytes = BoundedFile.read(tokenizer, MAX_TOKENIZER_BYTES);
      if (!digest.equals(TokenizerDigest.of(bytes))) {
        throw Malformed.file(tokenizer, "it was changed while it was read");
      }
      return bytes;
    } catch (IOException e) {
      throw Malformed.file(tokenizer, "cannot be read (" + e.getMessage() + ")", e);
    }
  }
}
