package io.tributary.simulation.faults;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.ServerRules;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Manifest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Knows what every site has trained, and computes the model of any set of participants naively:
 * against this the published models are held.
 */
final class Oracle implements FakeTrainer.Audience {
  private final JobSpec job;
  private final int chunkBytes;
  private final Map<SiteName, List<Trained>> trained = new HashMap<>();

  /** What a site computed; its digest when it is first asked for. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Trained(int round, float[] base, float[] delta) {}

  Oracle(JobSpec job, int chunkBytes) {
    this.job = job;
    this.chunkBytes = chunkBytes;
  }

  @Override
  public void trained(SiteName site, int round, float[] base, float[] delta) {
    List<Trained> ofSite = trained.computeIfAbsent(site, name -> new ArrayList<>());
    for (Trained earlier : ofSite) {
      if (earlier.round() == round && Arrays.equals(earlier.delta(), delta)) {
        return;
      }
    }
    ofSite.add(new Trained(round, base.clone(), delta.clone()));
  }

  /** The update of a site for a round that has this digest and was trained from this base. */
  Optional<float[]> update(SiteName site, int round, float[] base, String digest) {
    for (Trained candidate : trained.getOrDefault(site, List.of())) {
      if (candidate.round() == round
          && Arrays.equals(candidate.base(), base)
          && digestOf(candidate.delta()).equals(digest)) {
        return Optional.of(candidate.delta());
      }
    }
    return Optional.empty();
  }

  private String digestOf(float[] delta) {
    return Manifest.of(bytes(delta), chunkBytes).digest().hex();
  }

  /** Little-endian bytes. */
  static ByteBuffer bytes(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.flip();
  }

  /** The values of little-endian bytes. */
  static float[] floats(byte[] bytes) {
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  /**
   * A published model and what the server's optimizer remembers after it.
   *
   * @param weights of the model
   * @param first m of FedYogi; empty if the job keeps no state, and in round 0
   * @param second v of FedYogi
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Model(float[] weights, float[] first, float[] second) {
    /** As it lies on the disk; empty if there is none. */
    ByteBuffer state() {
      return ByteBuffer.allocate((first.length + second.length) * Float.BYTES)
          .put(bytes(first))
          .put(bytes(second))
          .flip();
    }
  }

  /** The initial model: no step was made yet. */
  static Model initial(float[] weights) {
    return new Model(weights, new float[0], new float[0]);
  }

  /**
   * The model after one round: the mean of the updates, one value a time, added to the base or
   * taken as FedYogi's pseudo-gradient, which are the optimizers that {@link Schedule} draws.
   */
  Model next(Model base, int round, SortedMap<SiteName, float[]> deltas) {
    double[] mean = mean(base.weights().length, deltas);
    ServerRules rules = job.server();
    double rate = rules.learningRate(round, job.rounds());
    float[] weights = base.weights().clone();
    if (rules.optimizer() == ServerRules.Optimizer.SGD) {
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) (weights[i] + rate * mean[i]);
      }
      return initial(weights);
    }
    float[] first = new float[weights.length];
    float[] second = new float[weights.length];
    for (int i = 0; i < weights.length; i++) {
      double square = mean[i] * mean[i];
      float m0 = round == 1 ? 0 : base.first()[i];
      float v0 = round == 1 ? (float) (rules.tau() * rules.tau()) : base.second()[i];
      double m = rules.beta1() * m0 + (1 - rules.beta1()) * mean[i];
      double v = v0 - (1 - rules.beta2()) * square * Math.signum(v0 - square);
      first[i] = (float) m;
      second[i] = (float) v;
      weights[i] = (float) (weights[i] + rate * m / (Math.sqrt(v) + rules.tau()));
    }
    return new Model(weights, first, second);
  }

  /** Σ weight · delta / Σ weight, as the fixed point of design.md says. */
  private double[] mean(int values, SortedMap<SiteName, float[]> deltas) {
    double scale = Math.pow(2, job.fixedPoint().scaleBits());
    long totalWeight = 0;
    for (SiteName site : deltas.keySet()) {
      totalWeight += FakeTrainer.weight(site);
    }
    double[] mean = new double[values];
    for (int i = 0; i < values; i++) {
      long sum = 0;
      for (Map.Entry<SiteName, float[]> update : deltas.entrySet()) {
        double weighted = (double) update.getValue()[i] * FakeTrainer.weight(update.getKey());
        sum += (long) Math.rint(weighted * scale);
      }
      mean[i] = sum / scale / totalWeight;
    }
    return mean;
  }

  /** What a site without noise trains. */
  float[] expectedDelta(SiteName site, int round, float[] base) {
    return FakeTrainer.delta(job, site, round, base, 0);
  }

  /** Mixes values into one, for fingerprints. */
  static long mix(long before, long value) {
    return CounterRandom.deriveSeed(before, value);
  }
}
