package io.tributary.coordinator.round;

import static io.tributary.coordinator.round.Rounds.receipt;
import static io.tributary.coordinator.round.Rounds.site;
import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.round.RoundEffect.Conclude;
import io.tributary.coordinator.round.RoundEffect.Contribution;
import io.tributary.coordinator.round.RoundEffect.EraseUpload;
import io.tributary.coordinator.round.RoundEffect.Fold;
import io.tributary.coordinator.round.RoundEffect.Outcome;
import io.tributary.coordinator.round.RoundState.Aggregating;
import io.tributary.coordinator.round.RoundState.Collecting;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * A round whose coordinator dies again and again, between any two effects, and goes on each time
 * from nothing but what its persisted effects wrote.
 */
class RoundResumePropertyTest {
  private static final int SITES = 6;
  private static final int NEVER = -1;

  /**
   * Something that happens.
   *
   * @param cut after how many of its effects the coordinator dies; {@link #NEVER} if it does not
   */
  record Draw(int kind, int index, long passedMillis, int cut) {}

  /** What a site is told of. */
  record Key(SiteName site, int attempt) {}

  /** The round, the world around it and what both have seen of each other. */
  private static final class Survivor {
    final RoundPlan plan;
    final RoundMachine machine;
    final PaperLedger ledger = new PaperLedger();
    final Set<Key> accepted = new HashSet<>();
    final Set<Key> toldOtherwise = new HashSet<>();
    final Map<SiteName, Integer> published = new HashMap<>();
    final SortedSet<SiteName> connected = new TreeSet<>();
    private final Deque<PaperLedger.Row> undelivered = new ArrayDeque<>();
    RoundState state;
    long now;
    List<Contribution> folding = List.of();

    Survivor(RoundPlan plan, int sites) {
      this.plan = plan;
      this.machine = new RoundMachine(plan);
      this.connected.addAll(Rounds.sites(sites));
      restart();
    }

    void restart() {
      undelivered.clear();
      if (ledger.phase == PaperLedger.Phase.NONE) {
        state = machine.initial();
        take(new RoundEvent.Began(now, connected), NEVER);
      } else if (isOpen()) {
        Step<RoundState, RoundEffect> step = machine.resume(now, connected, ledger.recovered());
        state = step.state();
        if (state instanceof Collecting collecting) {
          assertThat(collecting.startedMillis())
              .as("downtime does not count")
              .isEqualTo(now - ledger.elapsed);
        }
        perform(step.effects(), NEVER);
      }
    }

    boolean isOpen() {
      return ledger.phase != PaperLedger.Phase.PUBLISHED
          && ledger.phase != PaperLedger.Phase.FAILED;
    }

    void take(RoundEvent event, int cut) {
      if (state instanceof Collecting collecting) {
        ledger.elapsed = event.nowMillis() - collecting.startedMillis();
      }
      Step<RoundState, RoundEffect> step = machine.step(state, event);
      state = step.state();
      if (!perform(step.effects(), cut)) {
        restart();
      } else if (state instanceof RoundState.Aborted aborted && aborted.last()) {
        ledger.fail();
      }
    }

    /** Returns false if the coordinator died on the way. */
    private boolean perform(List<RoundEffect> effects, int cut) {
      int performed = 0;
      for (RoundEffect effect : effects) {
        if (performed++ == cut) {
          return false;
        }
        if (effect instanceof RoundEffect.Persist persist) {
          ledger.write(persist);
        } else if (effect instanceof Conclude conclude) {
          told(conclude);
        } else if (effect instanceof EraseUpload erase) {
          assertThat(accepted).doesNotContain(new Key(erase.site(), erase.attempt()));
        } else if (effect instanceof Fold fold) {
          fold(fold);
        }
      }
      return performed != cut;
    }

    private void told(Conclude conclude) {
      Key key = new Key(conclude.site(), conclude.attempt());
      if (conclude.outcome() == Outcome.ACCEPTED) {
        assertThat(ledger.rows)
            .as("a receipt stands in the ledger")
            .anyMatch(
                row ->
                    row.site.equals(key.site())
                        && row.attempt == key.attempt()
                        && row.state == PaperLedger.RowState.COMMITTED
                        && row.receipt.equals(conclude.receipt().orElseThrow()));
        accepted.add(key);
      } else {
        assertThat(accepted)
            .as("an accepted update is never answered otherwise")
            .doesNotContain(key);
        toldOtherwise.add(key);
      }
    }

    private void fold(Fold fold) {
      assertThat(ledger.phase).isEqualTo(PaperLedger.Phase.CLOSED);
      assertThat(fold.contributions().size()).isBetween(plan.quorum(), plan.cohort());
      assertThat(fold.contributions()).extracting(Contribution::site).doesNotHaveDuplicates();
      for (Contribution part : fold.contributions()) {
        assertThat(toldOtherwise).doesNotContain(new Key(part.site(), part.attempt()));
        assertThat(ledger.committed(part.site()).orElseThrow().receipt).isEqualTo(part.receipt());
      }
      if (!folding.isEmpty() && fold.contributions().size() == folding.size()) {
        assertThat(fold.contributions()).as("the same fold").isEqualTo(folding);
      }
      folding = fold.contributions();
    }

    /** The store publishes; the machine hears of it only if the coordinator lives that long. */
    void publish(boolean dies) {
      if (!(state instanceof Aggregating aggregating) || !aggregating.folded()) {
        return;
      }
      ledger.publish(aggregating.attempt());
      folding.forEach(part -> published.merge(part.site(), 1, Integer::sum));
      if (!dies) {
        take(new RoundEvent.Published(now, aggregating.attempt(), "model"), NEVER);
      }
    }

    void deliver(int cut) {
      PaperLedger.Row row = undelivered.poll();
      if (row != null) {
        take(new RoundEvent.UpdateDurable(now, row.site, row.attempt, row.receipt), cut);
      }
    }

    void play(Draw draw) {
      now += draw.passedMillis();
      SiteName site = site(draw.index());
      int attempt = state.attempt();
      switch (draw.kind()) {
        case 0 -> {
          connected.add(site);
          take(new RoundEvent.SiteConnected(now, site), draw.cut());
        }
        case 1 -> {
          connected.remove(site);
          take(new RoundEvent.SiteDisconnected(now, site), draw.cut());
        }
        case 2 -> take(new RoundEvent.TaskRefused(now, site, attempt, "no"), draw.cut());
        case 3 -> {
          if (ledger.wasAsked(site, attempt)) { // nobody knows the key of an offer to come
            take(new RoundEvent.UploadAdvanced(now, site, attempt, 1, 2), draw.cut());
          }
        }
        case 4, 5, 6 ->
            ledger.commit(site, attempt, receipt(draw.index())).ifPresent(undelivered::add);
        case 7, 8, 9 -> deliver(draw.cut());
        case 10 -> {
          if (ledger.wasAsked(site, attempt)) {
            take(new RoundEvent.UpdateRefused(now, site, attempt, "NaN"), draw.cut());
          }
        }
        case 11 -> take(new RoundEvent.TimePassed(now), draw.cut());
        case 12 -> take(new RoundEvent.Folded(now, attempt), draw.cut());
        case 13 -> publish(draw.cut() >= 0);
        case 14 -> take(new RoundEvent.AggregationFailed(now, attempt, "disk"), draw.cut());
        default -> {
          now += 20L * draw.passedMillis(); // downtime
          restart();
        }
      }
    }

    /** From here nothing dies and all goes well: the round has to end. */
    void finish() {
      for (int i = 0; isOpen() && i < 200; i++) {
        deliver(NEVER);
        if (state instanceof Aggregating aggregating) {
          take(new RoundEvent.Folded(now, aggregating.attempt()), NEVER);
          publish(false);
        }
        now += 1_000;
        take(new RoundEvent.TimePassed(now), NEVER);
      }
      assertThat(isOpen()).as("the round ends: %s", state).isFalse();
    }
  }

  @Provide
  Arbitrary<RoundPlan> plans() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 4),
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(0, 3),
            Arbitraries.integers().between(1, 3))
        .as(
            (cohort, extra, below, attempts) ->
                Rounds.plan(cohort, cohort + extra, Math.max(1, cohort - below), attempts));
  }

  @Provide
  Arbitrary<List<Draw>> draws() {
    Arbitrary<Long> passed =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.longs().between(0, 20)),
            Tuple.of(2, Arbitraries.longs().between(0, 3_000)));
    Arbitrary<Integer> cut =
        Arbitraries.frequencyOf(
            Tuple.of(4, Arbitraries.just(NEVER)),
            Tuple.of(1, Arbitraries.integers().between(0, 5)));
    return Combinators.combine(
            Arbitraries.integers().between(0, 15),
            Arbitraries.integers().between(0, SITES - 1),
            passed,
            cut)
        .as(Draw::new)
        .list()
        .ofMinSize(20)
        .ofMaxSize(120);
  }

  @Property
  void everyUpdateIsFoldedAtMostOnceAndAReceiptMeansItIsFoldedOrItsRoundHasFailed(
      @ForAll("plans") RoundPlan plan, @ForAll("draws") List<Draw> draws) {
    Survivor survivor = new Survivor(plan, SITES - 1);
    for (Draw draw : draws) {
      if (survivor.isOpen()) {
        survivor.play(draw);
      }
    }
    survivor.finish();

    assertThat(survivor.published.values()).allMatch(times -> times == 1);
    assertThat(survivor.published.size()).isLessThanOrEqualTo(plan.cohort());
    for (Key key : survivor.accepted) {
      if (survivor.ledger.phase == PaperLedger.Phase.PUBLISHED) {
        assertThat(survivor.published).as("a receipt means it is in").containsKey(key.site());
      } else {
        assertThat(survivor.ledger.reason).as("why the round failed").isNotBlank();
      }
    }
    for (Key key : survivor.toldOtherwise) {
      assertThat(survivor.ledger.rows)
          .as("told otherwise, so not in the model")
          .noneMatch(
              row ->
                  row.site.equals(key.site())
                      && row.attempt == key.attempt()
                      && row.state == PaperLedger.RowState.FOLDED);
    }
  }
}
