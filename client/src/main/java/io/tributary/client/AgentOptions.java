package io.tributary.client;

import io.tributary.client.train.LocalTrainer;
import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.wire.WireLimits;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Objects;

/**
 * How a {@link SiteAgent} runs, apart from its site's configuration: what the command line states,
 * and what tests and simulations put in the place of the real thing.
 *
 * @param untilDone whether the coordinator's farewell ends the agent; otherwise it stays in service
 * @param trainers opens what trains
 * @param limits bounds of the wire
 * @param clock time of certificates, waits and intervals
 * @param jitterSeed of the waits before reconnecting; the site's name is mixed in
 * @param cancelBoundMillis how long cancelled training may go on
 * @param sessionBounds how long the agent waits for the coordinator
 * @param software name and version, told to the coordinator
 * @param verifiers makes what believes the coordinator's signatures
 * @param crash hears of every crash moment
 */
public record AgentOptions(
    boolean untilDone,
    TrainerFactory trainers,
    WireLimits limits,
    Clock clock,
    long jitterSeed,
    long cancelBoundMillis,
    SessionBounds sessionBounds,
    String software,
    VerifierFactory verifiers,
    CrashPoint crash) {

  /** Opens what trains at a site. */
  @FunctionalInterface
  public interface TrainerFactory {
    /**
     * Reads the site's data and checks it; loads no numerical engine.
     *
     * @throws io.tributary.common.config.UserErrorException if the data cannot be used
     */
    LocalTrainer open(SiteConfig config);
  }

  /** Makes what believes signed statements. */
  @FunctionalInterface
  public interface VerifierFactory {
    /** Believes what was signed under a root. */
    StatementVerifier of(X509Certificate root);
  }

  private static final long CANCEL_BOUND_MILLIS = 30_000;

  /** Checks that everything is there. */
  public AgentOptions {
    Objects.requireNonNull(trainers, "trainers");
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(clock, "clock");
    Objects.requireNonNull(sessionBounds, "sessionBounds");
    Objects.requireNonNull(software, "software");
    Objects.requireNonNull(verifiers, "verifiers");
    Objects.requireNonNull(crash, "crash");
    if (cancelBoundMillis < 1) {
      throw new IllegalArgumentException(
          "cancelBoundMillis is " + cancelBoundMillis + " but must be at least 1");
    }
  }

  /** In service for ever, training what the site's file names. */
  public static AgentOptions standard() {
    return with(SiteTrainers::open);
  }

  /** In service for ever, with the given trainers. */
  public static AgentOptions with(TrainerFactory trainers) {
    String version = AgentOptions.class.getPackage().getImplementationVersion();
    return new AgentOptions(
        false,
        trainers,
        WireLimits.DEFAULT,
        Clock.systemUTC(),
        0,
        CANCEL_BOUND_MILLIS,
        SessionBounds.DEFAULT,
        "tributary-client/" + (version == null ? "development" : version),
        CertifiedVerifier::new,
        CrashPoint.NONE);
  }

  /** The same, ending with the job or not. */
  public AgentOptions untilDone(boolean ends) {
    return with(ends, limits, cancelBoundMillis, sessionBounds, verifiers, crash);
  }

  /** The same with other bounds of the wire. */
  public AgentOptions withLimits(WireLimits other) {
    return with(untilDone, other, cancelBoundMillis, sessionBounds, verifiers, crash);
  }

  /** The same with another bound on cancelled training. */
  public AgentOptions withCancelBoundMillis(long millis) {
    return with(untilDone, limits, millis, sessionBounds, verifiers, crash);
  }

  /** The same with other bounds on the coordinator. */
  public AgentOptions withSessionBounds(SessionBounds other) {
    return with(untilDone, limits, cancelBoundMillis, other, verifiers, crash);
  }

  /** The same, believing other signatures. */
  public AgentOptions withVerifiers(VerifierFactory other) {
    return with(untilDone, limits, cancelBoundMillis, sessionBounds, other, crash);
  }

  /** The same, killed elsewhere. */
  public AgentOptions withCrashPoint(CrashPoint other) {
    return with(untilDone, limits, cancelBoundMillis, sessionBounds, verifiers, other);
  }

  /** The same by another clock. */
  public AgentOptions withClock(Clock other) {
    return new AgentOptions(
        untilDone,
        trainers,
        limits,
        other,
        jitterSeed,
        cancelBoundMillis,
        sessionBounds,
        software,
        verifiers,
        crash);
  }

  private AgentOptions with(
      boolean ends,
      WireLimits wire,
      long cancelMillis,
      SessionBounds waits,
      VerifierFactory believed,
      CrashPoint crashPoint) {
    return new AgentOptions(
        ends,
        trainers,
        wire,
        clock,
        jitterSeed,
        cancelMillis,
        waits,
        software,
        believed,
        crashPoint);
  }
}
