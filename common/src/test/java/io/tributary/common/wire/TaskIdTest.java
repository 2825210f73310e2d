package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.wire.v1.TaskKey;
import io.tributary.common.wire.v1.TaskKind;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskIdTest {
  @Property
  void protoCarriesEveryNameUnchanged(
      @ForAll @IntRange(min = 0) int round,
      @ForAll @IntRange(min = 1) int attempt,
      @ForAll TaskId.Kind kind) {
    TaskId task = new TaskId("shakespeare-1", round, attempt, kind);
    assertThat(TaskId.fromProto(task.toProto())).isEqualTo(task);
  }

  /** Whatever a peer sends is a name within the rules, or a violation of the protocol. */
  @Property
  void refusesEveryOtherKey(
      @ForAll String runId, @ForAll int round, @ForAll int attempt, @ForAll int kind) {
    TaskKey key =
        TaskKey.newBuilder()
            .setRunId(runId)
            .setRound(round)
            .setAttempt(attempt)
            .setKindValue(kind)
            .build();
    boolean good =
        TaskId.isRunId(runId)
            && round >= 0
            && attempt >= 1
            && (key.getKind() == TaskKind.TASK_KIND_TRAIN
                || key.getKind() == TaskKind.TASK_KIND_EVALUATE);
    if (good) {
      assertThat(TaskId.fromProto(key).toProto()).isEqualTo(key);
    } else {
      assertThatThrownBy(() -> TaskId.fromProto(key))
          .isInstanceOf(ProtocolException.class)
          .hasMessageStartingWith("task key: ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "-a", "A", "a/b", "a b", "a\n", "ä"})
  void refusesRunIdsThatAreNoSafeFileNames(String runId) {
    assertThat(TaskId.isRunId(runId)).isFalse();
    assertThatThrownBy(() -> new TaskId(runId, 0, 1, TaskId.Kind.TRAIN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("run id");
  }

  @Test
  void boundsTheRunIdAtALongestNameAndItsEightDigits() {
    assertThat(TaskId.isRunId("a".repeat(63) + ".01234567")).isTrue();
    assertThat(TaskId.isRunId("a".repeat(73))).isFalse();
  }

  @Test
  void readsWellInALogLine() {
    assertThat(new TaskId("shakespeare", 3, 1, TaskId.Kind.TRAIN))
        .hasToString("shakespeare/r3.a1/train");
  }
}
