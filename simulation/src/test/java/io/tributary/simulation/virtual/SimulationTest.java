package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.random.CounterRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole simulations of a tiny model, with the real coordinator and real trainers. */
@Timeout(300)
class SimulationTest {
  private static final String WORDS =
      "the night is long and the king is dead so speak to the wall ";

  @TempDir Path directory;

  private static List<SourceText> texts() {
    CounterRandom random = new CounterRandom(4, "texts");
    List<String> words = List.of(WORDS.strip().split(" ", -1));
    List<SourceText> texts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      StringBuilder text = new StringBuilder();
      while (text.length() < 4_000 + 2_000 * i) {
        text.append(words.get(random.nextInt(words.size())));
        text.append(random.nextInt(40) == 0 ? "\n\n" : " ");
      }
      texts.add(SourceText.of("role-" + i, text.toString()));
    }
    return texts;
  }

  private SimulationOptions options(
      JobSpec job, int sites, String partition, double dropout, int workers, String out) {
    return new SimulationOptions(
        SimulationRules.fit(job, sites, dropout, null, null, null, null),
        texts(),
        "texts",
        sites,
        Partition.parse(partition),
        dropout,
        workers,
        1,
        directory.resolve(out));
  }

  private static SimulationResult run(SimulationOptions options) throws IOException {
    return Simulation.run(options, SimulationListener.SILENT);
  }

  @Test
  void learnsAndSaysSoInItsTables() throws IOException {
    SimulationOptions options = options(Jobs.tiny(4, 4), 4, "iid", 0, 2, "out");
    SimulationResult result = run(options);
    assertThat(result.outcome()).isEqualTo("completed");
    assertThat(result.rounds()).isEqualTo(2);
    assertThat(result.finalNatsPerByte()).isLessThan(result.initialNatsPerByte() - 0.5);
    assertThat(result.trainingSeconds()).isPositive();
    assertThat(result.lines()).extracting(RoundLine::folded).containsExactly(0, 4, 4);
    List<String> rows = Files.readAllLines(directory.resolve("out").resolve("rounds.csv"));
    assertThat(rows).hasSize(4);
    assertThat(rows.get(3)).startsWith("2,1,committed,4,4,0,0,0,").endsWith(result.modelDigest());
    assertThat(Files.readAllLines(directory.resolve("out").resolve("rounds.jsonl"))).hasSize(3);
  }

  @Test
  void theModelDependsOnNeitherTheNumberOfWorkersNorOnRealTime() throws IOException {
    // Over-selection makes the order of arrival matter, dropout who is there at all.
    JobSpec job = Jobs.withOverSelection(Jobs.tiny(4, 2), 1.5);
    SimulationResult one = run(options(job, 8, "dirichlet:0.3", 0.2, 1, "one"));
    SimulationResult three = run(options(job, 8, "dirichlet:0.3", 0.2, 3, "three"));
    assertThat(one.outcome()).isEqualTo("completed");
    assertThat(one.droppedSites()).isPositive();
    assertThat(one.lines()).extracting(RoundLine::late).anyMatch(late -> late > 0);
    assertThat(three.modelDigest()).isEqualTo(one.modelDigest());
    assertThat(three.lines().stream().map(SimulationTest::unmeasured))
        .isEqualTo(one.lines().stream().map(SimulationTest::unmeasured).toList());
  }

  private static RoundLine unmeasured(RoundLine line) {
    return new RoundLine(
        line.round(),
        line.attempt(),
        line.outcome(),
        line.selected(),
        line.folded(),
        line.dropped(),
        line.late(),
        line.refused(),
        line.heldOutNatsPerByte(),
        line.heldOutBytes(),
        line.virtualSeconds(),
        null,
        null,
        line.modelDigest());
  }

  @Test
  void anotherSeedGivesAnotherModel() throws IOException {
    JobSpec job = Jobs.tiny(3, 3);
    JobSpec other = job.with(job.seed() + 1, job.rounds(), job.round());
    assertThat(run(options(job, 3, "iid", 0, 2, "a")).modelDigest())
        .isNotEqualTo(run(options(other, 3, "iid", 0, 2, "b")).modelDigest());
  }

  @Test
  void sitesThatDroppedOutComeBackAndEverybodyJudges() throws IOException {
    SimulationResult result = run(options(Jobs.tiny(6, 6), 6, "iid", 0.5, 2, "out"));
    assertThat(result.outcome()).isEqualTo("completed");
    assertThat(result.droppedSites()).isPositive();
    long judged = result.lines().get(0).heldOutBytes();
    assertThat(result.lines())
        .filteredOn(line -> line.outcome().equals("committed"))
        .hasSize(2)
        .allSatisfy(line -> assertThat(line.heldOutBytes()).isEqualTo(judged))
        .allSatisfy(line -> assertThat(line.selected()).isEqualTo(6));
  }

  @Test
  void aRoundWithoutQuorumIsTriedAgainWithTheMissingSitesOnly() throws IOException {
    JobSpec job = Jobs.withAttempts(Jobs.tiny(6, 6), 20);
    SimulationOptions fitted = options(job, 6, "iid", 0.4, 2, "out");
    SimulationOptions strict =
        new SimulationOptions(
            job.with(job.seed(), job.rounds(), job.round()),
            fitted.texts(),
            "texts",
            6,
            fitted.partition(),
            0.4,
            2,
            1,
            fitted.out());
    SimulationResult result = run(strict);
    assertThat(result.outcome()).isEqualTo("completed");
    assertThat(result.lines()).extracting(RoundLine::outcome).contains("aborted");
    assertThat(result.lines())
        .filteredOn(line -> line.outcome().equals("committed"))
        .allSatisfy(line -> assertThat(line.folded()).isEqualTo(6));
    // Dropping out and coming back costs nothing of the model.
    assertThat(result.modelDigest())
        .isEqualTo(run(options(Jobs.tiny(6, 6), 6, "iid", 0, 2, "whole")).modelDigest());
  }

  @Test
  void theSameCommandOnAFinishedSimulationSaysTheSameAgain() throws IOException {
    SimulationOptions options = options(Jobs.tiny(3, 3), 3, "by-file", 0, 2, "out");
    SimulationResult first = run(options);
    byte[] rows = Files.readAllBytes(directory.resolve("out").resolve("rounds.csv"));
    SimulationResult again = run(options);
    assertThat(again.modelDigest()).isEqualTo(first.modelDigest());
    assertThat(again.outcome()).isEqualTo("completed");
    assertThat(again.lines()).isEqualTo(first.lines());
    assertThat(again.trainingSeconds()).isZero();
    assertThat(Files.readAllBytes(directory.resolve("out").resolve("rounds.csv"))).isEqualTo(rows);
  }

  @Test
  void whatIsStoppedInTheMiddleGoesOnToTheSameModel() throws IOException {
    JobSpec job = Jobs.withOverSelection(Jobs.tiny(3, 2), 1.4);
    SimulationResult whole = run(options(job, 6, "iid", 0.2, 2, "whole"));
    SimulationOptions options = options(job, 6, "iid", 0.2, 2, "cut");
    int cuts = 0;
    // Each turn dies with its n-th finished task: in evaluations, trainings and between them.
    for (int tasks : new int[] {3, 8, 2, 9}) {
      try {
        SimulationResult unusedEarly = Simulation.run(options, new DiesAfter(tasks));
      } catch (IllegalStateException cut) {
        assertThat(cut).hasStackTraceContaining("killed");
        cuts++;
      }
    }
    assertThat(cuts).isGreaterThan(1);
    SimulationResult resumed = run(options);
    assertThat(resumed.modelDigest()).isEqualTo(whole.modelDigest());
    assertThat(resumed.lines()).extracting(RoundLine::round).containsExactly(0, 1, 2);
  }

  private static final class DiesAfter implements SimulationListener {
    private int left;

    DiesAfter(int tasks) {
      left = tasks;
    }

    @Override
    public void taskOver() {
      left--;
      if (left == 0) {
        throw new IllegalStateException("killed");
      }
    }
  }

  @Test
  void sitesWithTooLittleTextAreRefusedBeforeAnythingIsWritten() {
    SimulationOptions options =
        new SimulationOptions(
            Jobs.tiny(2, 2),
            List.of(SourceText.of("large", WORDS.repeat(40)), SourceText.of("small", "too short")),
            "texts",
            2,
            new Partition.ByFile(),
            0,
            1,
            1,
            directory.resolve("out"));
    assertThatThrownBy(() -> run(options))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("1 of 2 sites could not train (small has 9 bytes")
        .hasMessageContaining("lower --sites");
    assertThat(directory.resolve("out")).doesNotExist();
  }
}
