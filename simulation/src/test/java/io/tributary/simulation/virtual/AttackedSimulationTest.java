package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.AggregationRules.Rule;
import io.tributary.common.random.CounterRandom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole simulations in which a site lies: the rule of the job is the rule of the rounds. */
@Timeout(300)
class AttackedSimulationTest {
  private static final List<String> WORDS = List.of("night", "king", "dead", "wall", "so", "the");

  @TempDir Path directory;

  private SimulationResult run(AggregationRules rules, Attack attack) throws IOException {
    CounterRandom random = new CounterRandom(4, "texts");
    StringBuilder text = new StringBuilder();
    while (text.length() < 24_000) {
      text.append(WORDS.get(random.nextInt(WORDS.size())));
      text.append(random.nextInt(40) == 0 ? "\n\n" : " ");
    }
    SimulationOptions plain =
        new SimulationOptions(
            SimulationRules.fit(Jobs.tiny(5, 5), 5, 0, null, null, null, null),
            List.of(SourceText.of("play", text.toString())),
            "texts",
            5,
            Partition.parse("iid"),
            0,
            2,
            1,
            directory);
    Path out = directory.resolve(rules.rule() + "-" + attack.sites());
    return Simulation.run(
        plain.with(plain.job().withAggregation(rules), attack, out), SimulationListener.SILENT);
  }

  @Test
  void oneLyingSiteOfFiveRuinsTheMeanButNeitherTheMedianNorMultiKrum() throws IOException {
    assertThat(lossUnderAttackByCleanLoss(AggregationRules.DEFAULT)).isGreaterThan(1.2);
    assertThat(
            lossUnderAttackByCleanLoss(
                new AggregationRules(Rule.MEDIAN, null, null, null, null, null)))
        .isLessThan(1.1);
    assertThat(
            lossUnderAttackByCleanLoss(
                new AggregationRules(Rule.MULTI_KRUM, null, 1, null, null, null)))
        .isLessThan(1.1);
  }

  private double lossUnderAttackByCleanLoss(AggregationRules rules) throws IOException {
    return run(rules, new Attack(1, -10)).finalNatsPerByte()
        / run(rules, Attack.NONE).finalNatsPerByte();
  }
}
