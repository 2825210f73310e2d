package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.train.LocalUpdate;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttackTest {
  @Test
  void aLyingSiteSendsItsUpdateTimesTheFactor() {
    LocalUpdate trained = new LocalUpdate(new float[] {0.5f, -0.25f}, 7, Map.of("loss", 1.0));
    LocalUpdate sent = new Attack(2, -10).falsify(trained);
    assertThat(sent.delta()).containsExactly(-5, 2.5f);
    assertThat(sent.exampleCount()).isEqualTo(7);
    assertThat(sent.metrics()).containsEntry("loss", 1.0);
  }

  @Test
  void refusesAFactorThatNoUpdateCanHave() {
    assertThatThrownBy(() -> new Attack(1, Double.NaN)).hasMessageContaining("factor NaN");
    assertThatThrownBy(() -> new Attack(-1, 2)).hasMessageContaining("attack by -1 sites");
  }
}
