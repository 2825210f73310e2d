package io.tributary.common.job;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.model.TextModelConfig;
import io.tributary.common.sum.FixedPoint;
import io.tributary.common.update.L2Clip;
import io.tributary.common.update.UpdatePipeline;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One federated training job: everything that coordinator and sites must agree on.
 *
 * <p>Read from YAML by whoever submits it and from canonical JSON by the sites it is offered to,
 * always through {@link ConfigReader}; both sides run the same checks. A {@code JobSpec} that
 * exists is valid.
 *
 * @param name the run's name; also the run id on the wire
 * @param seed of initial weights, selection, held-out splits and batches
 * @param rounds how many rounds to commit
 * @param task what is learned; default: the one task that the model's stack and head can learn
 * @param model what is trained
 * @param data how a site's data is used
 * @param local how a site trains within a round
 * @param round who takes part and how long a round waits
 * @param update bounds on what a site may send
 * @param aggregation how the updates of a round become one
 * @param server what the coordinator does with the aggregate
 */
public record JobSpec(
    String name,
    Long seed,
    Integer rounds,
    Task task,
    ModelSpec model,
    DataRules data,
    LocalTraining local,
    RoundRules round,
    UpdateRules update,
    AggregationRules aggregation,
    ServerRules server) {

  /** More rounds than this is a typing error. */
  public static final int MAX_ROUNDS = 1_000_000;

  /** Most values of one activation of a training step, in floats: 1 GiB at a site. */
  public static final long MAX_ACTIVATION_VALUES = 1L << 28;

  /** Most attention scores of one layer in a training step: 1 GiB at a site as well. */
  public static final long MAX_ATTENTION_VALUES = 1L << 28;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

  /** The metrics that a site sends with every update. */
  public static final List<String> TRAINING_METRICS = List.of("training-loss-nats-per-token");

  /** Classification: share of the held-out examples that the round's model answered rightly. */
  public static final String HELD_OUT_ACCURACY = "held-out-accuracy";

  private static final List<String> CLASSIFICATION_METRICS =
      List.of(TRAINING_METRICS.get(0), HELD_OUT_ACCURACY);

  /** Plain federated averaging. */
  public JobSpec(
      String name,
      Long seed,
      Integer rounds,
      Task task,
      ModelSpec model,
      DataRules data,
      LocalTraining local,
      RoundRules round,
      UpdateRules update) {
    this(name, seed, rounds, task, model, data, local, round, update, null, null);
  }

  /** Fills defaults and checks every value and the values together. */
  public JobSpec {
    Checks.required("name", name);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name is "
              + name
              + " but must have 1 to 63 of a-z 0-9 . _ - and start with a letter or digit");
    }
    seed = seed == null ? 0L : seed;
    Checks.required("rounds", rounds);
    Checks.range("rounds", rounds, 1, MAX_ROUNDS);
    Checks.required("model", model);
    task = Task.of(task, model.config());
    data = (data == null ? DataRules.DEFAULT : data).completed(task, model.config());
    Checks.required("local", local);
    Checks.required("round", round);
    update = update == null ? UpdateRules.DEFAULT : update;
    aggregation = aggregation == null ? AggregationRules.DEFAULT : aggregation;
    aggregation.requireQuorum(round.quorum());
    aggregation.requireCohort(round.cohort());
    server = server == null ? ServerRules.DEFAULT : server;
    server.requireMaxAbs(update.maxAbs());
    if (model.config() instanceof TextModelConfig text) {
      requireActivations(text, local.batchSize());
    }
    // Overflow and lost precision are found before anything starts, not in round 90.
    FixedPoint.forBounds(round.selectedSites(), update.maxWeight(), update.maxAbs());
  }

  /** What a site must hold for one step; indices of these arrays are ints everywhere. */
  private static void requireActivations(TextModelConfig model, long batchSize) {
    long tokens = batchSize * model.contextLength();
    requireAtMost(
        "activation", tokens * model.widestActivation(), MAX_ACTIVATION_VALUES, model, batchSize);
    // Below 2^63: context times heads is less than the parameters, which are fewer than 2^31.
    requireAtMost(
        "attention layer",
        model.attentionScores() * batchSize,
        MAX_ATTENTION_VALUES,
        model,
        batchSize);
  }

  private static void requireAtMost(
      String what, long values, long bound, TextModelConfig model, long batchSize) {
    if (values > bound) {
      throw new IllegalArgumentException(
          "local.batch-size is "
              + batchSize
              + " and model.context-length is "
              + model.contextLength()
              + ", so the largest "
              + what
              + " has "
              + values
              + " values but at most "
              + bound
              + " are possible: lower local.batch-size or model.context-length");
    }
  }

  /** Reads a job file. */
  public static JobSpec read(Path file) {
    return ConfigReader.readYaml(file, JobSpec.class);
  }

  /** Reads a job from the text of a job file. */
  public static JobSpec fromYaml(String yaml) {
    return ConfigReader.readYamlText(
        yaml.getBytes(StandardCharsets.UTF_8), JobSpec.class, "the job");
  }

  /** Reads the job that a coordinator offers. */
  public static JobSpec fromJson(byte[] json) {
    return ConfigReader.readJson(json, JobSpec.class, "the offered job");
  }

  /** Canonical JSON: equal jobs give equal bytes. */
  public byte[] toJson() {
    return ConfigReader.toCanonicalJson(this);
  }

  /** The same job with another seed, number of rounds and round rules. */
  public JobSpec with(long otherSeed, int otherRounds, RoundRules otherRules) {
    return new JobSpec(
        name,
        otherSeed,
        otherRounds,
        task,
        model,
        data,
        local,
        otherRules,
        update,
        aggregation,
        server);
  }

  /** The same job with other local training. */
  public JobSpec withLocal(LocalTraining other) {
    return new JobSpec(
        name, seed, rounds, task, model, data, other, round, update, aggregation, server);
  }

  /** The same job with another rule of aggregation. */
  public JobSpec withAggregation(AggregationRules other) {
    return new JobSpec(name, seed, rounds, task, model, data, local, round, update, other, server);
  }

  /** The same job with another server optimizer. */
  public JobSpec withServer(ServerRules other) {
    return new JobSpec(
        name, seed, rounds, task, model, data, local, round, update, aggregation, other);
  }

  /** The format in which this job's updates are added. */
  public FixedPoint fixedPoint() {
    return FixedPoint.forBounds(round.selectedSites(), update.maxWeight(), update.maxAbs());
  }

  /** The metrics that a site may send with its update: declared, explained and sent from here. */
  public List<String> trainingMetrics() {
    return task == Task.CLASSIFICATION ? CLASSIFICATION_METRICS : TRAINING_METRICS;
  }

  /** Everything that happens to an update of this job before it leaves a site. */
  public UpdatePipeline pipeline() {
    UpdatePipeline.Builder<io.tributary.common.update.RawUpdate> raw = UpdatePipeline.start();
    return update.clippingNorm() == null
        ? raw.build()
        : raw.then(new L2Clip(update.clippingNorm())).build();
  }
}
