package io.tributary.transformer;

import io.tributary.common.model.InitialWeights;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.samediff.SameDiffEngine;

/**
 * Training steps on one batch of random tokens, as benchmarks time them: forward, backward,
 * clipping and AdamW. All positions are present and all are asked for.
 */
final class BenchmarkSteps implements AutoCloseable {
  private final float[] parameters;
  private final float[] gradient;
  private final TokenBatch batch;
  private final ParameterUpdate update;
  private final LanguageModelEngine engine;

  BenchmarkSteps(TransformerConfig config, int batchSize, int threads) {
    ComputeThreads.use(threads);
    parameters = InitialWeights.create(config.layout(), 1);
    gradient = new float[parameters.length];
    batch = randomBatch(config, batchSize);
    update =
        new ParameterUpdate(
            config.layout(),
            TrainingSettings.adamW(1e-3, batchSize, new TrainingSettings.Length.Steps(1)),
            parameters);
    engine = SameDiffEngine.forTraining(config, batchSize);
  }

  int parameterCount() {
    return parameters.length;
  }

  /** One step; returns its loss in nats per answer. */
  double step() {
    double loss = engine.lossAndGradient(parameters, batch, gradient);
    update.apply(parameters, gradient);
    return loss;
  }

  private static TokenBatch randomBatch(TransformerConfig config, int batchSize) {
    TokenBatch batch = TokenBatch.of(config, batchSize);
    CounterRandom random = new CounterRandom(1, "benchmark tokens");
    for (int sequence = 0; sequence < batchSize; sequence++) {
      for (int position = 0; position < config.contextLength(); position++) {
        batch.setInput(sequence, position, random.nextInt(config.vocabularySize()));
        if (batch.hasSource()) {
          batch.setSource(sequence, position, random.nextInt(config.vocabularySize()));
        }
      }
    }
    int answers = config.head().languageModel() ? config.vocabularySize() : config.head().classes();
    for (int slot = 0; slot < batch.slots(); slot++) {
      // A classifier has one slot a sequence, a language model one a position (and token ahead).
      batch.setLabel(slot, random.nextInt(answers));
    }
    return batch;
  }

  @Override
  public void close() {
    engine.close();
  }
}
