package io.tributary.cli.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.AggregationRules.Rule;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class AttackTableTest {
  @Test
  void showsEveryRuleWithItsParametersAndHowMuchTheLossRose() throws IOException {
    AttackTable table = new AttackTable();
    table.add(AggregationRules.DEFAULT, 4, 2, 5);
    table.add(new AggregationRules(Rule.MULTI_KRUM, null, 2, 7, null, null), 4, 2, 2.05);
    assertThat(table.markdown())
        .endsWith(
            "| weighted-mean | 2.000 | 5.000 | +150.0 % |",
            "| multi-krum (byzantine 2, keep 7) | 2.000 | 2.050 | +2.5 % |");
    assertThat(table.csv().lines())
        .hasSize(3)
        .anyMatch(line -> line.startsWith("weighted-mean,,4.0,2.0,5.0,1.5"));
  }
}
