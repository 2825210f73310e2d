package io.tributary.transformer;

import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.transformer.samediff.SameDiffEngine;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Trains and judges one language model on a site's text. The client's task runner owns one and
 * calls it on its training thread; ND4J is loaded by the first call, not before.
 *
 * <p>Not thread-safe: native memory belongs to the calling thread. {@link #close} frees it.
 */
public final class LanguageModelTrainer implements AutoCloseable {
  /** Sequences judged at once. */
  private static final int EVALUATION_BATCH = 16;

  private final TransformerConfig config;
  private final Layout layout;
  private final LanguageModelEngine.Factory engines;
  private LanguageModelEngine training;
  private LanguageModelEngine evaluating;

  /** A trainer on SameDiff. */
  public LanguageModelTrainer(TransformerConfig config) {
    this(config, SameDiffEngine::open);
  }

  /** A trainer on any engine. */
  public LanguageModelTrainer(TransformerConfig config, LanguageModelEngine.Factory engines) {
    if (config.vocabularySize() < 256) {
      throw new IllegalArgumentException(
          "model.vocabulary-size is "
              + config.vocabularySize()
              + ": text is read as bytes, which needs 256");
    }
    this.config = config;
    this.layout = config.layout();
    this.engines = engines;
  }

  /** Sizes of the model. */
  public TransformerConfig config() {
    return config;
  }

  /** Steps that a task of these settings takes on this corpus. */
  public static int stepCount(TextCorpus corpus, TrainingSettings settings) {
    if (settings.length() instanceof TrainingSettings.Length.Steps steps) {
      return steps.count();
    }
    int epochs = ((TrainingSettings.Length.Epochs) settings.length()).count();
    long windows = (long) corpus.trainingWindowCount() * epochs;
    return Math.toIntExact((windows + settings.batchSize() - 1) / settings.batchSize());
  }

  /**
   * Runs one local task from fresh optimizer state.
   *
   * @param base flat vector to start from, unchanged
   * @param batchSeed the only source of which windows are read in which order
   * @param cancelled asked before each step
   * @throws CancellationException if it was cancelled
   * @throws TrainingDivergedException if the loss is no longer finite
   */
  public TrainingResult train(
      float[] base,
      TextCorpus corpus,
      TrainingSettings settings,
      long batchSeed,
      TrainingProgress progress,
      BooleanSupplier cancelled) {
    requireFitting(base, corpus);
    LanguageModelEngine engine = trainingEngine(settings.batchSize());
    BatchStream batches = new BatchStream(corpus, batchSeed);
    ParameterUpdate update = new ParameterUpdate(layout, settings, base);
    TokenBatch batch = new TokenBatch(settings.batchSize(), config.contextLength());
    float[] parameters = base.clone();
    float[] gradient = new float[base.length];
    int steps = stepCount(corpus, settings);
    long windowsLeft = windowsOf(corpus, settings, steps);
    double lossSum = 0;
    for (int step = 1; step <= steps; step++) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("training was cancelled before step " + step);
      }
      batches.fill(batch, windowsLeft);
      windowsLeft -= settings.batchSize();
      double loss = engine.lossAndGradient(parameters, batch, gradient);
      if (!Double.isFinite(loss)) {
        throw new TrainingDivergedException(step, loss);
      }
      update.apply(parameters, gradient);
      lossSum += loss;
      progress.stepDone(step, steps, loss);
    }
    return new TrainingResult(parameters, corpus.trainingWindowCount(), steps, lossSum / steps);
  }

  /**
   * Cross-entropy on the held-out part. Each window starts without memory of the one before it, so
   * that early bytes of a window are judged with little context.
   *
   * @param parameters flat vector, unchanged
   * @param cancelled asked before each batch
   * @throws CancellationException if it was cancelled
   */
  public Evaluation evaluate(float[] parameters, TextCorpus corpus, BooleanSupplier cancelled) {
    return evaluate(parameters, corpus, judged -> {}, cancelled);
  }

  /**
   * Cross-entropy on the held-out part, as {@link #evaluate(float[], TextCorpus, BooleanSupplier)}.
   *
   * @param progress hears after each batch how many bytes have been judged
   */
  public Evaluation evaluate(
      float[] parameters, TextCorpus corpus, LongConsumer progress, BooleanSupplier cancelled) {
    requireFitting(parameters, corpus);
    List<TextWindow> windows = corpus.heldOutWindows();
    if (windows.isEmpty()) {
      return new Evaluation(0, 0);
    }
    if (evaluating == null) {
      evaluating = engines.open(config, EVALUATION_BATCH, false);
    }
    VocabularyEnds ends = new VocabularyEnds(config);
    TokenBatch batch = new TokenBatch(EVALUATION_BATCH, config.contextLength());
    double nats = 0;
    long bytes = 0;
    for (int first = 0; first < windows.size(); first += EVALUATION_BATCH) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("evaluation was cancelled at window " + first);
      }
      batch.clear();
      for (int i = 0; i < EVALUATION_BATCH && first + i < windows.size(); i++) {
        TextWindow window = windows.get(first + i);
        batch.setWindow(i, corpus.text(), window.start(), window.count());
      }
      float[] logits = evaluating.logits(parameters, batch);
      for (int row = 0; row < batch.rows(); row++) {
        if (batch.target(row) != TokenBatch.NO_TARGET) {
          nats += ends.rowNats(logits, row, batch.target(row));
          bytes++;
        }
      }
      progress.accept(bytes);
    }
    return new Evaluation(nats, bytes);
  }

  private static long windowsOf(TextCorpus corpus, TrainingSettings settings, int steps) {
    if (settings.length() instanceof TrainingSettings.Length.Epochs epochs) {
      return (long) corpus.trainingWindowCount() * epochs.count();
    }
    return (long) steps * settings.batchSize();
  }

  private LanguageModelEngine trainingEngine(int batchSize) {
    if (training != null && training.batchSize() != batchSize) {
      training.close();
      training = null;
    }
    if (training == null) {
      training = engines.open(config, batchSize, true);
    }
    return training;
  }

  private void requireFitting(float[] parameters, TextCorpus corpus) {
    if (parameters.length != layout.parameterCount()) {
      throw new IllegalArgumentException(
          "parameters have "
              + parameters.length
              + " values but the model has "
              + layout.parameterCount());
    }
    if (corpus.contextLength() != config.contextLength()) {
      throw new IllegalArgumentException(
          "corpus has windows for a context of "
              + corpus.contextLength()
              + " but the model's is "
              + config.contextLength());
    }
  }

  @Override
  public void close() {
    if (training != null) {
      training.close();
      training = null;
    }
    if (evaluating != null) {
      evaluating.close();
      evaluating = null;
    }
  }
}
