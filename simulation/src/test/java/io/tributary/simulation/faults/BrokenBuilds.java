package io.tributary.simulation.faults;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.ledger.CommitResult;
import io.tributary.coordinator.ledger.ForwardingLedger;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.Publication;
import io.tributary.coordinator.ledger.TaskRow;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.ledger.UploadRow.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Coordinators with a mistake that somebody could make, so that it is known that it is found. */
final class BrokenBuilds {
  private BrokenBuilds() {}

  /** The fsync is skipped: forcing a file or directory does nothing. */
  static final class SkipsTheFsync implements Build {
    @Override
    public boolean disksHonourForce(String path) {
      return false;
    }
  }

  /** The fsync of received updates is skipped, and no other. */
  static final class SkipsTheFsyncOfSpools implements Build {
    @Override
    public boolean disksHonourForce(String path) {
      return !path.endsWith(".part");
    }
  }

  /** The fsync of what the server's optimizer remembers is skipped, and no other. */
  static final class SkipsTheFsyncOfOptimizerStates implements Build {
    @Override
    public boolean disksHonourForce(String path) {
      return !path.endsWith(".state.tmp");
    }
  }

  /** The fsync of directories is skipped: a rename may be lost. */
  static final class SkipsTheFsyncOfModelDirectories implements Build {
    @Override
    public boolean disksHonourForce(String path) {
      return !path.endsWith("/models");
    }
  }

  /** The receipt goes out before the row: the row is written a moment later. */
  static final class ReceiptBeforeTheRow implements Build {
    private static final long MOMENT_MILLIS = 50;

    @Override
    public Ledger ledger(Ledger rows, FakeProcess life) {
      return new ForwardingLedger(rows) {
        @Override
        public CommitResult commitUpload(UploadRow upload) {
          if (rows.upload(upload.runId(), upload.round(), upload.site()).isEmpty()) {
            life.later(MOMENT_MILLIS, () -> rows.commitUpload(upload));
            return new CommitResult.Committed(upload);
          }
          return rows.commitUpload(upload);
        }
      };
    }
  }

  /**
   * Updates are folded before they are committed: rows are only remembered, and written together
   * with the publication of the model that they are in.
   */
  static final class FoldsBeforeTheCommit implements Build {
    @Override
    public Ledger ledger(Ledger rows, FakeProcess life) {
      return new ForwardingLedger(rows) {
        private final Map<SiteName, UploadRow> remembered = new LinkedHashMap<>();
        private Runnable closing = () -> {};

        @Override
        public CommitResult commitUpload(UploadRow upload) {
          UploadRow known = remembered.putIfAbsent(upload.site(), upload);
          return new CommitResult.Committed(known == null ? upload : known);
        }

        @Override
        public Optional<UploadRow> upload(String runId, int round, SiteName site) {
          UploadRow known = remembered.get(site);
          return known != null && known.round() == round
              ? Optional.of(known)
              : rows.upload(runId, round, site);
        }

        @Override
        public List<UploadRow> uploads(String runId, int round) {
          List<UploadRow> all = new ArrayList<>(rows.uploads(runId, round));
          remembered.values().stream().filter(row -> row.round() == round).forEach(all::add);
          return all;
        }

        @Override
        public void closeAttempt(
            String runId,
            int round,
            int attempt,
            String reason,
            Set<SiteName> contributors,
            List<TaskRow> tasks) {
          closing =
              () -> {
                remembered.values().forEach(rows::commitUpload);
                remembered.clear();
                rows.closeAttempt(runId, round, attempt, reason, contributors, tasks);
              };
        }

        @Override
        public void abortAttempt(
            String runId,
            int round,
            int attempt,
            String reason,
            boolean last,
            Set<SiteName> retained,
            List<TaskRow> tasks) {
          remembered.values().forEach(rows::commitUpload);
          remembered.clear();
          rows.abortAttempt(runId, round, attempt, reason, last, retained, tasks);
        }

        @Override
        public void publish(Publication publication) {
          closing.run();
          closing = () -> {};
          rows.publish(publication);
        }
      };
    }
  }

  /**
   * "One update of a site in a round" is forgotten, as where a restarted server plays the round
   * again: it does not know the updates that it took before, and each commit gets a row of its own.
   */
  static final class ForgetsUniqueness implements Build {
    @Override
    public Ledger ledger() {
      return new ForwardingLedger(new MemoryLedger()) {
        private final List<UploadRow> more = new ArrayList<>();

        @Override
        public CommitResult commitUpload(UploadRow upload) {
          CommitResult result = super.commitUpload(upload);
          if (result instanceof CommitResult.Committed committed
              && committed.row().receipt().equals(upload.receipt())) {
            return result;
          }
          more.add(upload);
          return new CommitResult.Committed(upload);
        }

        @Override
        public List<UploadRow> uploads(String runId, int round) {
          List<UploadRow> all = new ArrayList<>(super.uploads(runId, round));
          more.stream().filter(row -> row.round() == round).forEach(all::add);
          return all;
        }
      };
    }

    @Override
    public Ledger ledger(Ledger rows, FakeProcess life) {
      Set<SignedStatement> ofThisLife = new HashSet<>();
      return new ForwardingLedger(rows) {
        @Override
        public CommitResult commitUpload(UploadRow upload) {
          ofThisLife.add(upload.receipt());
          return rows.commitUpload(upload);
        }

        @Override
        public Optional<UploadRow> upload(String runId, int round, SiteName site) {
          return uploads(runId, round).stream().filter(row -> row.site().equals(site)).findFirst();
        }

        @Override
        public List<UploadRow> uploads(String runId, int round) {
          return rows.uploads(runId, round).stream()
              .filter(row -> row.state() != State.COMMITTED || ofThisLife.contains(row.receipt()))
              .toList();
        }
      };
    }
  }
}
