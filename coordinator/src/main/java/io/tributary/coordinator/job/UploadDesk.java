package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.UploadOffer;
import io.tributary.coordinator.round.RoundEvent;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A round's conversation about updates, from the offer to what became of the commit: asks the
 * {@link UploadStore} and tells the round. Confined to the owner's thread.
 */
final class UploadDesk {
  private static final Logger LOG = LoggerFactory.getLogger(UploadDesk.class);

  /** The round whose updates they are. */
  interface Round {
    /** Whether the site's task is open. */
    boolean isOpen(SiteName site, TaskId task);

    /** Whether the site's task is open and its upload was offered. */
    boolean isUploading(SiteName site, TaskId task);

    /**
     * Whether the round was put aside by its operator: what is committed is answered all the same.
     */
    boolean isPaused();

    /** Takes an event. */
    void handle(RoundEvent event);

    /** An update passed every check, is on disk and stands in the ledger. */
    void durable(RoundEvent.UpdateDurable event);
  }

  private record Offered(TaskId task, UploadStore.UploadFacts facts) {}

  private final JobContext context;
  private final Round round;
  private final String baseDigest;
  private final TaskMessages messages;
  private final UploadTerms terms;
  private final Map<SiteName, Offered> offered = new HashMap<>();
  private final Set<SiteName> committing = new HashSet<>();

  UploadDesk(JobContext context, Round round, String baseDigest, TaskMessages messages) {
    this.context = context;
    this.round = round;
    this.baseDigest = baseDigest;
    this.messages = messages;
    this.terms = new UploadTerms(context.job());
  }

  void offered(SiteName site, TaskId task, UploadOffer offer) {
    Manifest manifest = Manifest.fromProto(offer.getUpdate(), context.limits());
    context.activity().stopped(site, context.now());
    round.handle(
        new RoundEvent.UploadAdvanced(
            context.now(), site, task.attempt(), 0, manifest.totalBytes()));
    if (!round.isUploading(site, task)) {
      return; // the machine has answered
    }
    Optional<String> violation =
        terms.violation(manifest, offer.getWeight(), offer.getMetricsMap());
    if (violation.isPresent()) {
      refuse(site, task, violation.get());
      return;
    }
    offered.put(
        site,
        new Offered(
            task,
            new UploadStore.UploadFacts(
                manifest, offer.getWeight(), offer.getMetricsMap(), baseDigest)));
    context
        .pending()
        .whenDone(
            context.uploads().open(site, task, manifest),
            lacking -> {
              if (round.isUploading(site, task)) {
                messages.status(site, task, lacking);
              }
            },
            failure -> failed(site, task, "spool", failure));
  }

  void committed(SiteName site, TaskId task) {
    if (!round.isOpen(site, task)) {
      // Answered by what the machine knows of the task: the same receipt, or why there is none.
      round.handle(new RoundEvent.UploadAdvanced(context.now(), site, task.attempt(), 0, 0));
      return;
    }
    Offered upload = offered.get(site);
    if (upload == null || !upload.task().equals(task) || !round.isUploading(site, task)) {
      // Nobody could answer it: the site would wait.
      throw new ProtocolException("task " + task + ": commit before an upload was offered");
    }
    committing.add(site);
    context
        .pending()
        .whenDone(
            context.uploads().commit(site, task, upload.facts()),
            commit -> settled(site, task, commit),
            failure -> {
              committing.remove(site);
              failed(site, task, "keep", failure);
            });
  }

  /** Whether a commit of the site is under way, which may still become a row in the ledger. */
  boolean isCommitting(SiteName site) {
    return committing.contains(site);
  }

  private void settled(SiteName site, TaskId task, UploadStore.Commit commit) {
    committing.remove(site);
    if (round.isPaused()) {
      context.outcomes().answerAgain(site, task); // by the ledger: a receipt if there is a row
    } else if (commit instanceof UploadStore.Commit.Durable durable) {
      round.durable(
          new RoundEvent.UpdateDurable(context.now(), site, task.attempt(), durable.receipt()));
    } else if (commit instanceof UploadStore.Commit.Refused refused) {
      refuse(site, task, refused.reason());
    } else if (commit instanceof UploadStore.Commit.Incomplete incomplete) {
      if (round.isUploading(site, task)) {
        messages.status(site, task, incomplete.lacking());
      }
    } else if (commit instanceof UploadStore.Commit.Closed closed) {
      LOG.info("task={} site={} update is late: {}", task, site, closed.reason());
      messages.late(site, task, closed.reason());
      context.uploads().erase(site, task);
    }
  }

  private void refuse(SiteName site, TaskId task, String reason) {
    LOG.warn("task={} site={} update refused: {}", task, site, reason);
    round.handle(new RoundEvent.UpdateRefused(context.now(), site, task.attempt(), reason));
  }

  /**
   * A disk that fails is not the site's fault: its update stays in its outbox, and it comes back
   * and goes on where it stood until the round's deadline.
   */
  private void failed(SiteName site, TaskId task, String what, Throwable failure) {
    if (failure instanceof IOException) {
      String reason =
          "the coordinator cannot " + what + " the update: " + PendingWork.reason(failure);
      LOG.error("task={} site={} {}", task, site, reason);
      if (round.isOpen(site, task)) {
        context.gateway().disconnect(site, reason);
      }
    } else if (failure instanceof ProtocolException broken) {
      LOG.warn("task={} site={} broke the protocol: {}", task, site, broken.getMessage());
      context.gateway().refuse(site, broken.code(), broken.getMessage());
    } else if (failure instanceof Error error) {
      throw error;
    } else {
      throw failure instanceof RuntimeException defect
          ? defect
          : new IllegalStateException("task " + task + ": the upload store failed", failure);
    }
  }
}
