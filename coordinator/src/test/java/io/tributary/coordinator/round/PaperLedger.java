package io.tributary.coordinator.round;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.round.RoundEffect.AbortAttempt;
import io.tributary.coordinator.round.RoundEffect.CloseAttempt;
import io.tributary.coordinator.round.RoundEffect.OpenAttempt;
import io.tributary.coordinator.round.RoundEffect.RefuseTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** As little of a ledger as one round needs: what a machine's persisting effects write, no more. */
final class PaperLedger {
  enum Phase {
    NONE,
    OPEN,
    CLOSED,
    ABORTED,
    FAILED,
    PUBLISHED
  }

  enum RowState {
    COMMITTED,
    FOLDED,
    LATE,
    DISCARDED
  }

  /** One update's row. */
  static final class Row {
    final SiteName site;
    final int attempt;
    final UpdateReceipt receipt;
    RowState state = RowState.COMMITTED;

    Row(SiteName site, int attempt, UpdateReceipt receipt) {
      this.site = site;
      this.attempt = attempt;
      this.receipt = receipt;
    }
  }

  Phase phase = Phase.NONE;
  int attempt;
  long elapsed;
  String reason = "";
  SortedMap<SiteName, SiteTask> tasks = new TreeMap<>();
  final List<Row> rows = new ArrayList<>();

  void write(RoundEffect.Persist effect) {
    if (effect instanceof OpenAttempt open) {
      require(
          (phase == Phase.NONE && open.attempt() == 1)
              || (phase == Phase.ABORTED && open.attempt() == attempt + 1),
          effect);
      phase = Phase.OPEN;
      attempt = open.attempt();
      elapsed = 0;
      tasks = new TreeMap<>(open.tasks());
    } else if (effect instanceof RefuseTask refuse) {
      require(phase == Phase.OPEN && refuse.attempt() == attempt, effect);
      tasks.computeIfPresent(
          refuse.site(), (site, task) -> task.with(new SiteState.Refused(refuse.reason())));
    } else if (effect instanceof CloseAttempt close) {
      require(phase == Phase.OPEN && close.attempt() == attempt, effect);
      close
          .contributors()
          .forEach(site -> require(committed(site).isPresent(), "no row of " + site));
      phase = Phase.CLOSED;
      reason = close.closing();
      tasks = new TreeMap<>(close.tasks());
      rows.stream()
          .filter(row -> row.state == RowState.COMMITTED)
          .filter(row -> !close.contributors().contains(row.site))
          .forEach(row -> row.state = RowState.LATE);
    } else if (effect instanceof AbortAttempt abort) {
      require((phase == Phase.OPEN || phase == Phase.CLOSED) && abort.attempt() == attempt, effect);
      phase = abort.last() ? Phase.FAILED : Phase.ABORTED;
      reason = abort.reason();
      tasks = new TreeMap<>(abort.tasks());
      rows.stream()
          .filter(row -> row.state == RowState.COMMITTED)
          .filter(row -> abort.last() || !abort.retained().contains(row.site))
          .forEach(row -> row.state = abort.last() ? RowState.DISCARDED : RowState.LATE);
    }
  }

  /** A store commits an update; on another thread, so the machine hears of it later. */
  Optional<Row> commit(SiteName site, int ofAttempt, UpdateReceipt receipt) {
    SiteTask task = tasks.get(site);
    if (phase != Phase.OPEN
        || ofAttempt != attempt
        || task == null
        || task.attempt() != attempt
        || committed(site).isPresent()) {
      return Optional.empty();
    }
    Row row = new Row(site, ofAttempt, receipt);
    rows.add(row);
    return Optional.of(row);
  }

  void publish(int ofAttempt) {
    require(phase == Phase.CLOSED && ofAttempt == attempt, "publish " + ofAttempt);
    phase = Phase.PUBLISHED;
    rows.stream()
        .filter(row -> row.state == RowState.COMMITTED)
        .forEach(row -> row.state = RowState.FOLDED);
  }

  /** The run ends: its job's ledger discards what is left. */
  void fail() {
    rows.stream()
        .filter(row -> row.state == RowState.COMMITTED)
        .forEach(row -> row.state = RowState.DISCARDED);
    phase = Phase.FAILED;
  }

  boolean wasAsked(SiteName site, int inAttempt) {
    SiteTask task = tasks.get(site);
    return inAttempt <= attempt && task != null && task.attempt() == inAttempt;
  }

  Optional<Row> committed(SiteName site) {
    return rows.stream()
        .filter(row -> row.site.equals(site) && row.state == RowState.COMMITTED)
        .findFirst();
  }

  Recovered recovered() {
    SortedMap<SiteName, SiteTask> mine = new TreeMap<>();
    SortedMap<SiteName, SiteTask> excluded = new TreeMap<>();
    List<SiteName> commits = new ArrayList<>();
    tasks.forEach(
        (site, task) -> {
          if (!(task.state() instanceof SiteState.Refused)) {
            mine.put(
                site,
                withRow(site, new SiteTask(task.attempt(), task.state(), OptionalLong.empty(), 0)));
          } else if (task.attempt() < attempt) {
            excluded.put(site, task);
          } else {
            mine.put(site, task);
          }
        });
    for (Row row : rows) {
      if (row.state == RowState.COMMITTED
          && mine.get(row.site).state() instanceof SiteState.Durable) {
        commits.add(row.site);
      }
    }
    return new Recovered(
        attempt, Recovered.Stage.valueOf(phase.name()), elapsed, reason, mine, excluded, commits);
  }

  private SiteTask withRow(SiteName site, SiteTask task) {
    return committed(site).map(row -> task.with(new SiteState.Durable(row.receipt))).orElse(task);
  }

  private static void require(boolean holds, Object what) {
    if (!holds) {
      throw new AssertionError("the ledger cannot take " + what);
    }
  }
}
