package io.tributary.coordinator.ledger;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The coordinator's memory: what must outlive any crash and is not a blob. Every method is one
 * transaction, durable when it returns; none is ever half done. Safe for use by several threads.
 *
 * <p>Every method throws {@link LedgerException} when the store fails, and {@link
 * IllegalStateException} when the caller breaks an order that is stated here: then nothing was
 * written. A run that is not known, or has ended, is written to by none of them but where it says
 * so; reading of an unknown one finds nothing.
 */
public interface Ledger extends AutoCloseable {
  // ---- runs ----

  /**
   * Adds a QUEUED run; its id is taken by no other.
   *
   * @return false, and nothing is written, when the name is taken
   */
  boolean addRun(RunRow run);

  /** All runs, in the order in which they were added. */
  List<RunRow> runs();

  /** The newest runs in one of these states, at most {@code most}, oldest first. */
  List<RunRow> runs(Set<RunState> states, int most);

  /** How many runs are in one of these states. */
  int countRuns(Set<RunState> states);

  /** One run. */
  Optional<RunRow> run(String runId);

  /** The run of a job's name. */
  Optional<RunRow> runNamed(String name);

  /**
   * Moves a run; an ended one never moves again.
   *
   * <p>When it moves to an ended state, its COMMITTED uploads become DISCARDED with this reason.
   */
  void setRunState(String runId, RunState state, String reason);

  // ---- models ----

  /** Makes the initial model the head and starts the transparency log with its entry 0. Once. */
  void publishInitial(String runId, ModelRow model, SignedStatement entry);

  /** The newest published model. */
  Optional<ModelRow> head(String runId);

  /** Every published model, by round. */
  List<ModelRow> models(String runId);

  // ---- attempts ----

  /**
   * Starts an attempt: the first of round head + 1, or the one after an ABORTED one.
   *
   * @param baseDigest the head's
   * @param tasks every selected site as {@link TaskRow#WORKING}, and every retained one
   */
  void openAttempt(String runId, int round, int attempt, String baseDigest, List<TaskRow> tasks);

  /** Writes down how much of an open attempt's deadline is used up; never less than before. */
  void recordElapsed(String runId, int round, int attempt, long elapsedMillis);

  /**
   * A site refused its task in an OPEN attempt, or its update failed a check: it is not asked again
   * this round. Should a COMMITTED upload have come first, it becomes LATE with this reason, and
   * none is accepted afterwards: nobody waits for it any more.
   */
  void refuseTask(String runId, int round, int attempt, SiteName site, String reason);

  /**
   * Settles what is folded: the attempt becomes CLOSED, COMMITTED uploads of the round by other
   * sites than the contributors become LATE with the attempt's reason.
   *
   * @param contributors each with a COMMITTED upload in this round
   * @param tasks as they ended
   */
  void closeAttempt(
      String runId,
      int round,
      int attempt,
      String reason,
      Set<SiteName> contributors,
      List<TaskRow> tasks);

  /**
   * Ends an OPEN or CLOSED attempt without a model.
   *
   * @param last whether the round has failed with it: then it is FAILED, and COMMITTED uploads
   *     become DISCARDED with this reason; otherwise it is ABORTED
   * @param retained sites whose COMMITTED uploads stay for the next attempt, each with one; those
   *     of others become LATE with this reason; not looked at when it is the last
   * @param tasks as they ended
   */
  void abortAttempt(
      String runId,
      int round,
      int attempt,
      String reason,
      boolean last,
      Set<SiteName> retained,
      List<TaskRow> tasks);

  /** The newest attempt at a round, its tasks by name. */
  Optional<AttemptRow> attempt(String runId, int round);

  // ---- uploads ----

  /**
   * Inserts a COMMITTED upload, if its run has not ended, its attempt is OPEN, its task is not
   * refused and the site has none in the round. The same update (attempt, digest, weight) again is
   * answered with the row that stands, whatever has become of its attempt since.
   */
  CommitResult commitUpload(UploadRow upload);

  /** A site's COMMITTED or FOLDED upload in a round, or else its newest one. */
  Optional<UploadRow> upload(String runId, int round, SiteName site);

  /** All uploads of a round, in the order in which they were committed. */
  List<UploadRow> uploads(String runId, int round);

  /** The same without the first {@code from}: what was committed since they were read. */
  List<UploadRow> uploads(String runId, int round, int from);

  /** Takes a damaged COMMITTED upload out of its round, so that its site is asked again. */
  void discardUpload(String runId, int round, SiteName site, String reason);

  // ---- publication ----

  /** See {@link Publication}: all of it or nothing. */
  void publish(Publication publication);

  // ---- records and log ----

  /**
   * Keeps the JSON of an attempt's record; the first one kept for an attempt stands. Also for a run
   * that has ended.
   */
  void addRecord(String runId, int round, int attempt, String json);

  /** All records in the order of rounds and attempts. */
  List<String> records(String runId);

  /** Entries of the transparency log, at most {@code limit} from a sequence on. */
  List<SignedStatement> log(String runId, int fromSequence, int limit);

  @Override
  void close();
}
