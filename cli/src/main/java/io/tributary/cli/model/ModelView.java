package io.tributary.cli.model;

import io.tributary.common.model.ExternalConfig;
import io.tributary.common.model.ModelDescription;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * What the model commands show of one model: a record for JSON, and the same as text.
 *
 * @param summary the whole
 * @param tensors in layout order
 */
public record ModelView(Summary summary, List<Tensor> tensors) {
  private static final double PERCENT = 100;

  /** Copies the list. */
  public ModelView {
    tensors = List.copyOf(tensors);
  }

  /**
   * A model as a whole.
   *
   * @param run the job that trained it, or where it was imported from
   * @param round rounds of training in it
   * @param digest SHA-256 of the weights
   * @param stack which stacks of blocks; this and the next four are null for an external network
   * @param head what it answers
   * @param vocabularySize number of token ids
   * @param contextLength most tokens at once
   * @param tokenizer bytes, or sha256: and a file's digest
   * @param program digest of an external network's file; null for a model of the family
   * @param parameters number of values
   * @param trainable how many of them training may change
   * @param trainableShare the same as a part of 1
   * @param bytesPerUpdate what a site sends for a round, before any compression
   */
  public record Summary(
      String run,
      int round,
      String digest,
      String stack,
      String head,
      Integer vocabularySize,
      Integer contextLength,
      String tokenizer,
      String program,
      long parameters,
      long trainable,
      double trainableShare,
      long bytesPerUpdate) {}

  /**
   * A tensor.
   *
   * @param name dotted path
   * @param shape dimensions
   * @param parameters number of values
   * @param trainable whether training may change it and updates carry it
   */
  public record Tensor(String name, List<Integer> shape, int parameters, boolean trainable) {
    /** Copies the shape. */
    public Tensor {
      shape = List.copyOf(shape);
    }
  }

  /** Shows a model by its description; its weights are not read. */
  public static ModelView of(ModelDescription description) {
    Layout layout = description.config().layout();
    long trainable = layout.trainableCount();
    TextModelConfig text = description.config() instanceof TextModelConfig family ? family : null;
    return new ModelView(
        new Summary(
            description.run(),
            description.round(),
            description.digest(),
            text == null ? null : text.stack().toString(),
            text == null ? null : text.head().kind().toString(),
            text == null ? null : text.vocabularySize(),
            text == null ? null : text.contextLength(),
            text == null ? null : text.tokenizer(),
            description.config() instanceof ExternalConfig external ? external.program() : null,
            layout.parameterCount(),
            trainable,
            (double) trainable / layout.parameterCount(),
            trainable * Float.BYTES),
        layout.tensors().stream().map(ModelView::tensor).toList());
  }

  private static Tensor tensor(TensorSpec tensor) {
    return new Tensor(tensor.name(), tensor.shape(), tensor.size(), tensor.trainable());
  }

  /** Prints a line for each tensor. */
  public void printTensors(PrintWriter out) {
    int width = Math.max(6, tensors.stream().mapToInt(t -> t.name().length()).max().orElse(0));
    String line = "%-" + width + "s  %-16s %12s  %s%n";
    out.printf(Locale.ROOT, line, "tensor", "shape", "parameters", "trained");
    for (Tensor tensor : tensors) {
      out.printf(
          Locale.ROOT,
          line,
          tensor.name(),
          tensor.shape(),
          String.format(Locale.ROOT, "%,d", tensor.parameters()),
          tensor.trainable() ? "yes" : "no");
    }
    out.println();
  }

  /** Prints the whole, a line a fact. */
  public void printSummary(PrintWriter out) {
    fact(out, "run", "%s, round %d", summary.run(), summary.round());
    fact(out, "weights", "%s", summary.digest());
    if (summary.program() == null) {
      fact(out, "model", "%s, %s", summary.stack(), summary.head());
      fact(out, "context length", "%,d tokens", summary.contextLength());
      fact(out, "vocabulary", "%,d tokens", summary.vocabularySize());
      fact(out, "tokenizer", "%s", summary.tokenizer());
    } else {
      fact(out, "model", "external, program %s", summary.program());
    }
    fact(out, "parameters", "%,d", summary.parameters());
    fact(out, "trained", "%,d (%.2f %%)", summary.trainable(), PERCENT * summary.trainableShare());
    fact(out, "bytes per update", "%,d", summary.bytesPerUpdate());
  }

  private static void fact(PrintWriter out, String name, String format, Object... values) {
    out.printf(Locale.ROOT, "%-16s ", name);
    out.printf(Locale.ROOT, format + "%n", values);
  }
}
