package io.tributary.coordinator.ledger;

/** What became of an update's row. */
public sealed interface CommitResult {
  /**
   * The row is durable, now or since an earlier commit of the same update.
   *
   * @param row as it stands; an earlier commit's receipt is kept
   */
  record Committed(UploadRow row) implements CommitResult {}

  /**
   * The attempt or the site's task in it is not open any more; nothing was written.
   *
   * @param reason for people
   */
  record Closed(String reason) implements CommitResult {}

  /**
   * Another update of the same site stands for the round; nothing was written.
   *
   * @param existing that one
   */
  record Conflict(UploadRow existing) implements CommitResult {}
}
