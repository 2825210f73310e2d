package io.tributary.common.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class UpdatePipelineTest {
  @Test
  void runsStagesInOrderAndDescribesTheSameStages() {
    UpdatePipeline pipeline = UpdatePipeline.start().then(new L2Clip(5)).build();
    float[] out = pipeline.apply(new float[] {30, 40});
    assertThat(L2Clip.norm(out)).isLessThanOrEqualTo(5).isGreaterThan(4.999);
    assertThat(pipeline.describe())
        .containsExactly(
            "finite: an update with NaN or infinity is not sent",
            "l2-clip: scaled down to an L2 norm of at most 5.0");
  }

  @Test
  void withoutStagesTheUpdateLeavesAsItIs() {
    assertThat(UpdatePipeline.start().build().apply(new float[] {1, -2})).containsExactly(1, -2);
  }

  @Test
  void aNanStaysHomeEvenWithoutClipping() {
    assertThatThrownBy(() -> UpdatePipeline.start().build().apply(new float[] {0, Float.NaN}))
        .isInstanceOf(UpdateRefusedException.class)
        .hasMessageContaining("value 1 of the update is NaN");
  }

  @Test
  void aStageThatRefusesSendsNothing() {
    UpdateStage<RawUpdate, RawUpdate> refuses =
        new UpdateStage<>() {
          @Override
          public RawUpdate apply(RawUpdate update) {
            throw new UpdateRefusedException("no");
          }

          @Override
          public String describe() {
            return "refuses";
          }
        };
    UpdatePipeline pipeline = UpdatePipeline.start().then(refuses).then(new L2Clip(1)).build();
    assertThatThrownBy(() -> pipeline.apply(new float[] {1})).hasMessage("no");
  }
}
