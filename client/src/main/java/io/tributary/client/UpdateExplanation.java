package io.tributary.client;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.v1.ChunkHeader;
import io.tributary.common.wire.v1.EvaluationReport;
import io.tributary.common.wire.v1.Heartbeat;
import io.tributary.common.wire.v1.Hello;
import io.tributary.common.wire.v1.LogRequest;
import io.tributary.common.wire.v1.Refusal;
import io.tributary.common.wire.v1.TaskAnswer;
import io.tributary.common.wire.v1.TaskProgress;
import io.tributary.common.wire.v1.UploadCommit;
import io.tributary.common.wire.v1.UploadOffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Exactly what would leave this site for a job, said before anything leaves: the content of {@code
 * tributary client explain --config FILE --job FILE}.
 *
 * <p>Read from what the session itself uses: tensors, stages, bounds, weight and metrics from
 * {@link UpdateTerms}, message fields from the protocol's schema. All parts are plain values, fit
 * for JSON; {@link #text()} is for people.
 *
 * @param site this site's name, which its certificate shows to the coordinator
 * @param job the job's name
 * @param refusal why this site's policy would refuse the job, or null if it would not
 * @param tensors what an update holds, in order; frozen tensors are not in it
 * @param updateBytes length of one update
 * @param chunkBytes length of one of its chunks
 * @param chunks number of its chunks
 * @param transformations what happens to an update on the way, in order, with bounds
 * @param exampleCount training examples in this site's data
 * @param weight what an update says of them: at most {@code update.max-weight}
 * @param stepsPerRound optimizer steps of one task; shows in progress reports
 * @param stepsOrigin who says how many
 * @param metrics names of the numbers that go with an update
 * @param evaluationBytes predictions of an evaluation (bytes, tokens or texts), told in its report
 * @param messages every kind of message that a site sends, with its fields
 * @param staysHome what never leaves
 */
public record UpdateExplanation(
    String site,
    String job,
    String refusal,
    List<Tensor> tensors,
    long updateBytes,
    int chunkBytes,
    long chunks,
    List<String> transformations,
    long exampleCount,
    long weight,
    long stepsPerRound,
    String stepsOrigin,
    List<String> metrics,
    long evaluationBytes,
    List<Message> messages,
    List<String> staysHome) {

  /**
   * One tensor of an update.
   *
   * @param name in the model's layout
   * @param shape dimensions
   * @param bytes as little-endian floats
   */
  public record Tensor(String name, List<Integer> shape, long bytes) {}

  /**
   * One kind of message.
   *
   * @param name in the protocol's schema
   * @param fields of the message; those of a message within it as {@code outer.inner}
   */
  public record Message(String name, List<String> fields) {}

  /** The messages that {@link SiteSession} and the wire below it send for a site. */
  static final List<Descriptor> SITE_MESSAGES =
      List.of(
          Hello.getDescriptor(),
          Heartbeat.getDescriptor(),
          TaskAnswer.getDescriptor(),
          TaskProgress.getDescriptor(),
          UploadOffer.getDescriptor(),
          ChunkHeader.getDescriptor(),
          UploadCommit.getDescriptor(),
          EvaluationReport.getDescriptor(),
          LogRequest.getDescriptor(),
          Refusal.getDescriptor());

  /** Fields of this name hold a sentence that this program makes up. */
  private static final String FREE_TEXT = "reason";

  private static final List<String> STAYS_HOME =
      List.of(
          "the texts, and any part, name or path of them",
          "the weights after local training (only their difference, transformed as above)",
          "gradients, optimizer state, activations and single losses",
          "metrics that the job does not declare",
          "the private key and this site's configuration");

  /**
   * Explains a job at the site of a configuration: reads its certificate and its data.
   *
   * @throws UserErrorException if a file is not usable, or this site cannot serve the job at all
   */
  public static UpdateExplanation of(SiteConfig config, JobSpec job, AgentOptions options) {
    try (LocalTrainer trainer = options.trainers().open(config)) {
      return of(config, trainer, job, options.limits(), options.clock());
    } catch (TaskRefusedException e) {
      throw new UserErrorException(
          UserErrorException.Kind.REFUSED,
          "this site refuses job " + job.name() + ": " + e.getMessage(),
          e);
    }
  }

  /**
   * Explains a job at the site of a configuration, whose certificate says its name.
   *
   * @throws io.tributary.common.config.UserErrorException if the certificate cannot be used, or the
   *     update cannot be sent at all
   * @throws TaskRefusedException if the site's data cannot serve the job
   */
  public static UpdateExplanation of(
      SiteConfig site, LocalTrainer trainer, JobSpec job, WireLimits limits, Clock clock) {
    SiteName name = SiteIdentity.load(site, clock).name();
    return of(name, site.policy(), site.training(), trainer, job, limits);
  }

  /**
   * Explains a job at a site whose name and data are known already.
   *
   * @param trainer knows the site's data; its numerical engine is not loaded
   * @throws UserErrorException if the update cannot be sent at all
   * @throws TaskRefusedException if the site's data cannot serve the job, or the job does not leave
   *     to the site what it has chosen
   */
  static UpdateExplanation of(
      SiteName site,
      SitePolicy policy,
      SiteTraining training,
      LocalTrainer trainer,
      JobSpec job,
      WireLimits limits) {
    Optional<String> objection = policy.objectionToModel(job);
    if (objection.isPresent()) {
      // Such a job may be made to be costly: it is not looked at any further, as in the session.
      throw new TaskRefusedException(objection.get());
    }
    LocalPlan plan = trainer.plan(training.chosen(job));
    UpdateTerms terms = new UpdateTerms(job, plan, limits);
    return new UpdateExplanation(
        site.value(),
        job.name(),
        policy.objectionToWork(plan).orElse(null),
        terms.tensors().stream().map(UpdateExplanation::explain).toList(),
        terms.byteCount(),
        terms.chunkBytes(),
        terms.chunkCount(),
        terms.transformations(),
        terms.exampleCount(),
        terms.weight(),
        plan.steps(),
        training.stepsOrigin(job),
        terms.metricNames(),
        plan.evaluationBytes(),
        SITE_MESSAGES.stream().map(UpdateExplanation::explain).toList(),
        STAYS_HOME);
  }

  private static Tensor explain(TensorSpec tensor) {
    return new Tensor(tensor.name(), tensor.shape(), (long) tensor.size() * Float.BYTES);
  }

  private static Message explain(Descriptor message) {
    List<String> fields = new ArrayList<>();
    addFields("", message, fields);
    if (message.equals(ChunkHeader.getDescriptor())) {
      fields.add("the chunk's raw bytes of the update");
    }
    return new Message(message.getName(), List.copyOf(fields));
  }

  private static void addFields(String prefix, Descriptor message, List<String> fields) {
    for (FieldDescriptor field : message.getFields()) {
      String name = prefix + field.getName();
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField()) {
        addFields(name + ".", field.getMessageType(), fields);
      } else {
        fields.add(FREE_TEXT.equals(field.getName()) ? name + " (free text)" : name);
      }
    }
  }

  /** The explanation for people; several lines, the last one ended. */
  public String text() {
    StringBuilder out = new StringBuilder();
    line(out, "What leaves site %s for job %s", site, job);
    if (refusal != null) {
      line(out, "");
      line(out, "Nothing: this site refuses the job, because %s.", refusal);
      line(out, "If it did not:");
    }
    line(out, "");
    line(out, "In each round it takes part in, one update of %,d tensors:", tensors.size());
    int nameWidth = tensors.stream().mapToInt(tensor -> tensor.name().length()).max().orElse(0);
    for (Tensor tensor : tensors) {
      line(
          out,
          "  %-" + nameWidth + "s  %-14s %,14d bytes",
          tensor.name(),
          tensor.shape(),
          tensor.bytes());
    }
    line(
        out,
        "  in all %,d bytes in %,d chunks of at most %,d bytes",
        updateBytes,
        chunks,
        chunkBytes);
    line(out, "  each value: weight after training minus weight before, little-endian float32");
    line(out, "");
    line(out, "Transformations, in order; if one fails, nothing is sent:");
    for (int i = 0; i < transformations.size(); i++) {
      line(out, "  %d. %s", i + 1, transformations.get(i));
    }
    line(out, "");
    line(out, "With the update:");
    line(out, "  weight %,d, from %,d training examples here", weight, exampleCount);
    for (String metric : metrics) {
      line(out, "  metric %s, one number", metric);
    }
    line(out, "");
    line(
        out,
        "For each evaluation: the sum of the losses in nats over %,d predictions",
        evaluationBytes);
    line(out, "on held-out text (bytes, tokens or whole texts, by the task), and that count.");
    line(out, "");
    line(out, "All messages that this site sends, with their fields:");
    for (Message message : messages) {
      line(out, "  %s: %s", message.name(), String.join(", ", message.fields()));
    }
    line(out, "  (while it trains, TaskProgress counts up to %,d steps)", stepsPerRound);
    line(out, "  (who says how many: %s)", stepsOrigin);
    line(out, "");
    line(out, "What never leaves:");
    for (String item : staysHome) {
      line(out, "  %s", item);
    }
    return out.toString();
  }

  private static void line(StringBuilder out, String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
