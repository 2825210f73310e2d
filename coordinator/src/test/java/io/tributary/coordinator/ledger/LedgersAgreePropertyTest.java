package io.tributary.coordinator.ledger;

import static io.tributary.coordinator.ledger.Rows.NORTH;
import static io.tributary.coordinator.ledger.Rows.SOUTH;
import static io.tributary.coordinator.ledger.Rows.WEST;
import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.AttemptRow.Phase;
import io.tributary.coordinator.ledger.UploadRow.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * The SQLite ledger against the one in memory: whatever is asked of both, allowed or not, they
 * answer the same.
 */
class LedgersAgreePropertyTest {
  private static final List<String> RUNS = List.of("words.0a1b2c3d", "other.0a1b2c3d");
  private static final List<SiteName> SITES = List.of(NORTH, SOUTH, WEST);
  private static final int ROUNDS = 4;

  /**
   * One thing that is done.
   *
   * @param what which of {@link #perform}
   * @param run of {@link #RUNS}
   * @param right whether round and attempt are those that the run is at, or {@code off} by some
   * @param off that
   * @param sites a bit for each of {@link #SITES}
   * @param variant of the update, state and so on
   */
  record Step(int what, int run, boolean right, int off, int sites, int variant) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Step> step =
        Combinators.combine(
                Arbitraries.frequency(
                    Tuple.of(1, 0),
                    Tuple.of(1, 1),
                    Tuple.of(2, 2),
                    Tuple.of(5, 3),
                    Tuple.of(2, 4),
                    Tuple.of(1, 5),
                    Tuple.of(4, 6),
                    Tuple.of(2, 7),
                    Tuple.of(12, 8),
                    Tuple.of(1, 9),
                    Tuple.of(4, 10),
                    Tuple.of(1, 11),
                    Tuple.of(1, 12)),
                Arbitraries.frequency(Tuple.of(6, 0), Tuple.of(1, 1)),
                Arbitraries.frequency(Tuple.of(9, true), Tuple.of(1, false)),
                Arbitraries.integers().between(-1, 1),
                Arbitraries.integers().between(0, 7),
                Arbitraries.integers().between(0, 11))
            .as(Step::new);
    return step.list().ofMinSize(20).ofMaxSize(120);
  }

  @Property(tries = 40)
  void answerTheSame(@ForAll("steps") List<Step> steps) throws IOException {
    Path home = Files.createTempDirectory("ledgers-agree");
    Ledger model = new MemoryLedger();
    Ledger sqlite = open(home);
    try {
      for (Ledger each : List.of(model, sqlite)) {
        Rows.begin(each);
      }
      for (Step step : steps) {
        if (step.what() == 12) {
          sqlite.close();
          sqlite = open(home);
        } else {
          Function<Ledger, Object> operation = perform(step, model);
          assertThat(answer(sqlite, operation)).as("%s", step).isEqualTo(answer(model, operation));
        }
      }
      assertThat(everything(sqlite)).isEqualTo(everything(model));
    } finally {
      sqlite.close();
      try (Stream<Path> files = Files.walk(home)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static Ledger open(Path home) {
    return SqliteLedger.open(home.resolve("ledger.db"), home.resolve("native"));
  }

  private static List<Object> everything(Ledger ledger) {
    return Rows.everything(ledger, ROUNDS, NORTH, SOUTH, WEST);
  }

  private static Object answer(Ledger ledger, Function<Ledger, Object> operation) {
    try {
      return Optional.ofNullable(operation.apply(ledger));
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
  }

  /** Makes steps that are allowed likely: by chance alone no run would get beyond its first. */
  private static Function<Ledger, Object> perform(Step step, Ledger model) {
    String run = RUNS.get(step.run());
    int head = model.head(run).map(ModelRow::round).orElse(0);
    int round = head + 1 + (step.right() ? 0 : step.off());
    Optional<AttemptRow> newest = model.attempt(run, round);
    boolean opens = step.what() == 3;
    boolean again = newest.isPresent() && newest.get().phase() == Phase.ABORTED;
    int attempt =
        newest.map(AttemptRow::attempt).orElse(opens ? 0 : 1)
            + (opens && (again || newest.isEmpty()) ? 1 : 0)
            + (step.right() ? 0 : step.variant() % 2);
    SiteName site = SITES.get(step.variant() % SITES.size());
    Set<SiteName> some =
        SITES.stream()
            .filter(each -> (step.sites() >> SITES.indexOf(each) & 1) == 1)
            .filter(each -> !step.right() || stands(model, run, round, each))
            .collect(Collectors.toSet());
    List<TaskRow> tasks =
        SITES.stream()
            .filter(each -> step.sites() >> SITES.indexOf(each) != 1)
            .map(
                each ->
                    opens
                        ? Rows.working(each, attempt)
                        : new TaskRow(each, attempt, "durable", "", step.variant()))
            .toList();
    String reason = "reason " + step.variant();
    return switch (step.what()) {
      case 0 -> ledger -> ledger.addRun(Rows.run(step.run() == 0 ? "words" : "other"));
      case 1 -> does(l -> l.setRunState(run, state(step), reason));
      case 2 -> does(l -> l.publishInitial(run, Rows.model(0), Rows.statement(reason)));
      case 3 -> does(l -> l.openAttempt(run, round, attempt, base(model, run, step), tasks));
      case 4 -> does(l -> l.recordElapsed(run, round, attempt, 100L * step.variant()));
      case 5 -> does(l -> l.refuseTask(run, round, attempt, site, reason));
      case 6 -> does(l -> l.closeAttempt(run, round, attempt, reason, some, tasks));
      case 7 ->
          does(l -> l.abortAttempt(run, round, attempt, reason, step.variant() == 7, some, tasks));
      case 8 -> ledger -> ledger.commitUpload(upload(step, run, round, attempt, site));
      case 9 -> does(l -> l.discardUpload(run, round, site, reason));
      case 10 ->
          does(
              l ->
                  l.publish(
                      new Publication(
                          run, round, attempt, Rows.model(round), Rows.statement(reason))));
      default -> does(l -> l.addRecord(run, round, attempt, reason));
    };
  }

  /** Mostly one in which the run goes on. */
  private static RunState state(Step step) {
    return switch (step.variant()) {
      case 0 -> RunState.STOPPED;
      case 1, 2, 3 -> RunState.PAUSED;
      case 4, 5, 6 -> RunState.QUEUED;
      default -> RunState.RUNNING;
    };
  }

  private static String base(Ledger model, String run, Step step) {
    return step.variant() == 11 ? "another" : model.head(run).map(ModelRow::digest).orElse("none");
  }

  private static boolean stands(Ledger model, String run, int round, SiteName site) {
    return model.upload(run, round, site).filter(u -> u.state() == State.COMMITTED).isPresent();
  }

  private static UploadRow upload(Step step, String run, int round, int attempt, SiteName site) {
    return new UploadRow(
        run,
        round,
        site,
        attempt,
        "u" + step.sites() % 2,
        1_000,
        100,
        1 + step.sites() % 3,
        Map.of("loss", step.variant() / 7.0),
        State.COMMITTED,
        "",
        Rows.statement("receipt " + step.sites()));
  }

  private static Function<Ledger, Object> does(java.util.function.Consumer<Ledger> operation) {
    return ledger -> {
      operation.accept(ledger);
      return "done";
    };
  }
}
