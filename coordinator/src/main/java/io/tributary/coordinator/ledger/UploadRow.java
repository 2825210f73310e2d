package io.tributary.coordinator.ledger;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import java.util.Map;

/**
 * A durable update. At most one COMMITTED or FOLDED for a (run, round, site): this is what "counted
 * once" rests on.
 *
 * @param runId the run
 * @param round from 1
 * @param site whose
 * @param attempt in which it was offered
 * @param digest of its manifest, in hex
 * @param totalBytes of the update
 * @param chunkBytes of its manifest
 * @param weight it is folded with
 * @param metrics declared ones
 * @param state where it stands
 * @param reason why it is not folded; empty otherwise
 * @param receipt signed when it was committed; sent when it is accepted, the same bytes every time
 */
public record UploadRow(
    String runId,
    int round,
    SiteName site,
    int attempt,
    String digest,
    long totalBytes,
    int chunkBytes,
    long weight,
    Map<String, Double> metrics,
    State state,
    String reason,
    SignedStatement receipt) {
  /** Where an update stands. */
  public enum State {
    /** Durable; it will be folded. */
    COMMITTED,
    /** In the published model. */
    FOLDED,
    /** Durable, but its round closed, or its task was refused, without it; the reason says why. */
    LATE,
    /** Its round ended without a model, or its operator discarded it; the reason says which. */
    DISCARDED
  }

  /** Copies the metrics. */
  public UploadRow {
    metrics = Map.copyOf(metrics);
  }

  /** The same in another state. */
  public UploadRow in(State otherState, String otherReason) {
    return new UploadRow(
        runId,
        round,
        site,
        attempt,
        digest,
        totalBytes,
        chunkBytes,
        weight,
        metrics,
        otherState,
        otherReason,
        receipt);
  }
}
