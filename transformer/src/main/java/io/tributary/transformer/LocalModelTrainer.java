package io.tributary.transformer;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.transformer.examples.ExampleSource;
import io.tributary.transformer.examples.Examples;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Trains and judges one model on a site's data, whatever the task. The client's task runner owns
 * one and calls it on its training thread; ND4J is loaded by the first call, not before.
 *
 * <p>Where only a classifier's head is trained, what the frozen encoder makes of each text is
 * computed once and kept ({@link FrozenFeatures}), and the head is trained on that.
 *
 * <p>Not thread-safe: native memory belongs to the calling thread. {@link #close} frees it.
 */
public final class LocalModelTrainer implements AutoCloseable {
  /** Most sequences judged at once. */
  private static final int EVALUATION_BATCH = 16;

  /** Most logits of a batch that is judged: 64 MiB. */
  private static final long MAX_EVALUATION_LOGITS = 1L << 24;

  private final TextModelConfig config;
  private final Layout layout;
  private final LanguageModelEngine.Factory engines;
  private final long featureBytes;
  private final int encodingThreads;
  private LanguageModelEngine training;
  private LanguageModelEngine evaluating;
  private FrozenHead frozen; // in the place of both, where only a classifier's head is trained

  /** A trainer on the model's own engine. */
  public LocalModelTrainer(TextModelConfig config) {
    this(config, ModelEngines::open);
  }

  /** A trainer on any engine. */
  public LocalModelTrainer(TextModelConfig config, LanguageModelEngine.Factory engines) {
    this(config, engines, FrozenFeatures.MAX_BYTES, 1);
  }

  /**
   * A trainer on the model's own engine.
   *
   * @param encodingThreads how many threads encode texts for a frozen encoder, each with a copy of
   *     the model; 1 for none but the caller's
   */
  public LocalModelTrainer(TextModelConfig config, int encodingThreads) {
    this(config, ModelEngines::open, FrozenFeatures.MAX_BYTES, encodingThreads);
  }

  /**
   * A trainer on any engine.
   *
   * @param featureBytes most memory for what a frozen encoder makes of texts
   */
  LocalModelTrainer(
      TextModelConfig config,
      LanguageModelEngine.Factory engines,
      long featureBytes,
      int encodingThreads) {
    this.featureBytes = featureBytes;
    this.encodingThreads = encodingThreads;
    this.config = config;
    this.layout = config.layout();
    this.engines = engines;
  }

  /** Sizes of the model. */
  public TextModelConfig config() {
    return config;
  }

  /** Steps that a task of these settings takes on this data. */
  public static int stepCount(ExampleSource data, TrainingSettings settings) {
    if (settings.length() instanceof TrainingSettings.Length.Steps steps) {
      return steps.count();
    }
    int epochs = ((TrainingSettings.Length.Epochs) settings.length()).count();
    long examples = (long) data.trainingCount() * epochs;
    return Math.toIntExact((examples + settings.batchSize() - 1) / settings.batchSize());
  }

  /**
   * Runs one local task from fresh optimizer state.
   *
   * @param base flat vector to start from, unchanged
   * @param batchSeed the only source of which examples are read in which order
   * @param cancelled asked before each step
   * @throws CancellationException if it was cancelled
   * @throws TrainingDivergedException if the loss is no longer finite
   */
  public TrainingResult train(
      float[] base,
      ExampleSource data,
      TrainingSettings settings,
      long batchSeed,
      TrainingProgress progress,
      BooleanSupplier cancelled) {
    requireFitting(base, data);
    Run run = new Run(data, settings, batchSeed, progress, cancelled);
    if (FrozenFeatures.serve(config)) {
      FrozenHead head = frozenHead();
      float[] trained = head.use(base);
      if (encodingThreads > 1) {
        head.prepare(data.training(batchSeed, 0), encodingThreads, cancelled);
      }
      double loss = run.train(head::lossAndGradient, head.layout(), trained);
      return run.result(head.replaced(base, trained), loss);
    }
    LanguageModelEngine engine = trainingEngine(settings.batchSize());
    float[] trained = base.clone();
    double loss = run.train(engine::lossAndGradient, layout, trained);
    return run.result(trained, loss);
  }

  /** Loss and gradient of a batch, as {@link LanguageModelEngine#lossAndGradient}. */
  @FunctionalInterface
  private interface Differentiated {
    double lossAndGradient(float[] parameters, TokenBatch batch, float[] gradient);
  }

  /** Answers to a batch, as {@link LanguageModelEngine#logits}. */
  @FunctionalInterface
  private interface Answered {
    float[] logits(float[] parameters, TokenBatch batch);
  }

  /** One local task, whatever computes its gradients. */
  private final class Run {
    private final ExampleSource data;
    private final TrainingSettings settings;
    private final long batchSeed;
    private final TrainingProgress progress;
    private final BooleanSupplier cancelled;
    private final int steps;

    private Run(
        ExampleSource data,
        TrainingSettings settings,
        long batchSeed,
        TrainingProgress progress,
        BooleanSupplier cancelled) {
      this.data = data;
      this.settings = settings;
      this.batchSeed = batchSeed;
      this.progress = progress;
      this.cancelled = cancelled;
      this.steps = stepCount(data, settings);
    }

    /**
     * Trains.
     *
     * @param parameters flat vector of the layout, trained in place
     * @return mean over the steps of the batches' loss
     */
    private double train(Differentiated model, Layout trained, float[] parameters) {
      BatchStream batches = new BatchStream(data, batchSeed);
      float[] start = settings.proximalMu() > 0 ? parameters.clone() : parameters;
      ParameterUpdate update = new ParameterUpdate(trained, settings, start);
      TokenBatch batch = TokenBatch.of(config, settings.batchSize());
      float[] gradient = new float[parameters.length];
      long examplesLeft = examplesOf(data, settings, steps);
      double lossSum = 0;
      for (int step = 1; step <= steps; step++) {
        if (cancelled.getAsBoolean()) {
          throw new CancellationException("training was cancelled before step " + step);
        }
        batches.fill(batch, examplesLeft);
        examplesLeft -= settings.batchSize();
        double loss = model.lossAndGradient(parameters, batch, gradient);
        if (!Double.isFinite(loss)) {
          throw new TrainingDivergedException(step, loss);
        }
        update.apply(parameters, gradient);
        lossSum += loss;
        progress.stepDone(step, steps, loss);
      }
      return lossSum / steps;
    }

    private TrainingResult result(float[] parameters, double loss) {
      return new TrainingResult(parameters, data.trainingCount(), steps, loss);
    }
  }

  /**
   * Cross-entropy on the held-out part. Each example starts without memory of the one before it, so
   * that early tokens of a text's window are judged with little context.
   *
   * @param parameters flat vector, unchanged
   * @param cancelled asked before each batch
   * @throws CancellationException if it was cancelled
   */
  public Evaluation evaluate(float[] parameters, ExampleSource data, BooleanSupplier cancelled) {
    return evaluate(parameters, data, judged -> {}, cancelled);
  }

  /**
   * Cross-entropy on the held-out part, as {@link #evaluate(float[], ExampleSource,
   * BooleanSupplier)}.
   *
   * @param progress hears after each batch how many predictions have been judged
   */
  public Evaluation evaluate(
      float[] parameters, ExampleSource data, LongConsumer progress, BooleanSupplier cancelled) {
    return judged(parameters, data, progress, cancelled).evaluation();
  }

  /**
   * What a classifier takes for what on the held-out part.
   *
   * @param parameters flat vector, unchanged
   */
  public ConfusionMatrix confusions(
      float[] parameters, ExampleSource data, BooleanSupplier cancelled) {
    if (config.head().kind() != HeadRules.Kind.CLASSIFICATION) {
      throw new IllegalArgumentException("the model is no classifier: " + config.head().kind());
    }
    return judged(parameters, data, judged -> {}, cancelled).confusions();
  }

  private AnswerJudge judged(
      float[] parameters, ExampleSource data, LongConsumer progress, BooleanSupplier cancelled) {
    requireFitting(parameters, data);
    Examples examples = data.heldOut();
    int batchSize = evaluationBatch();
    AnswerJudge judge = new AnswerJudge(config, batchSize);
    if (examples.count() == 0) {
      return judge;
    }
    if (FrozenFeatures.serve(config)) {
      FrozenHead head = frozenHead();
      float[] used = head.use(parameters);
      if (encodingThreads > 1) {
        head.prepare(examples, encodingThreads, cancelled);
      }
      judge(head::logits, used, examples, judge, progress, cancelled);
    } else {
      if (evaluating == null) {
        evaluating = engines.open(config, batchSize, false);
      }
      judge(evaluating::logits, parameters, examples, judge, progress, cancelled);
    }
    return judge;
  }

  private void judge(
      Answered model,
      float[] parameters,
      Examples examples,
      AnswerJudge judge,
      LongConsumer progress,
      BooleanSupplier cancelled) {
    int batchSize = evaluationBatch();
    TokenBatch batch = TokenBatch.of(config, batchSize);
    for (int first = 0; first < examples.count(); first += batchSize) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("evaluation was cancelled at example " + first);
      }
      batch.clear();
      for (int i = 0; i < batchSize && first + i < examples.count(); i++) {
        examples.fill(first + i, batch, i);
      }
      judge.add(model.logits(parameters, batch), batch);
      progress.accept(judge.targets());
    }
  }

  private FrozenHead frozenHead() {
    if (frozen == null) {
      frozen =
          new FrozenHead(
              config,
              new FrozenFeatures(config, () -> ModelEngines.openEncoder(config), featureBytes));
    }
    return frozen;
  }

  private int evaluationBatch() {
    long answers = (long) config.contextLength() * config.vocabularySize();
    return (int) Math.max(1, Math.min(EVALUATION_BATCH, MAX_EVALUATION_LOGITS / answers));
  }

  private static long examplesOf(ExampleSource data, TrainingSettings settings, int steps) {
    if (settings.length() instanceof TrainingSettings.Length.Epochs epochs) {
      return (long) data.trainingCount() * epochs.count();
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

  private void requireFitting(float[] parameters, ExampleSource data) {
    if (parameters.length != layout.parameterCount()) {
      throw new IllegalArgumentException(
          "parameters have "
              + parameters.length
              + " values but the model has "
              + layout.parameterCount());
    }
    if (data.contextLength() != config.contextLength()) {
      throw new IllegalArgumentException(
          "data has examples for a context of "
              + data.contextLength()
              + " but the model's is "
              + config.contextLength());
    }
  }

  @Override
  public void close() {
    if (frozen != null) {
      frozen.close();
      frozen = null;
    }
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
