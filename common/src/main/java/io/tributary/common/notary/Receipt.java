package io.tributary.common.notary;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.ReceiptBody;
import java.time.Instant;
import java.util.Objects;

/**
 * What a site gets for an update that is durable: it will be folded once with this weight, or its
 * round will end without a model.
 *
 * @param task run, round and attempt; its kind is TRAIN
 * @param site whose update
 * @param pseudonym the site's name in the run's transparency log
 * @param updateDigest digest of the update's manifest
 * @param weight of the update, at least 1
 * @param baseDigest SHA-256 of the weights that the round started from
 * @param committedAt when it became durable, by the coordinator's clock; cut to milliseconds
 */
public record Receipt(
    TaskId task,
    SiteName site,
    String pseudonym,
    Digest updateDigest,
    long weight,
    Digest baseDigest,
    Instant committedAt) {
  /** Of {@link ReceiptBody}. */
  public static final int FORMAT = 1;

  /**
   * Checks every part.
   *
   * @throws IllegalArgumentException naming the part that is wrong
   */
  public Receipt {
    Objects.requireNonNull(site, "site");
    Objects.requireNonNull(updateDigest, "updateDigest");
    Objects.requireNonNull(baseDigest, "baseDigest");
    if (task.kind() != TaskId.Kind.TRAIN) {
      throw new IllegalArgumentException("a receipt is for training, not for " + task.kind());
    }
    StatementParts.atLeast("round", task.round(), 1);
    Pseudonyms.require(pseudonym);
    StatementParts.atLeast("weight", weight, 1);
    committedAt = StatementParts.instant("committed at", committedAt);
  }
}
