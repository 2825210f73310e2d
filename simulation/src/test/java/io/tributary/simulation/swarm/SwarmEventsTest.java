package io.tributary.simulation.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.job.AggregationRules;
import io.tributary.common.job.ServerRules;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.simulation.limits.MachineLimits;
import java.util.List;
import org.junit.jupiter.api.Test;

class SwarmEventsTest {
  private static final SignedStatement RECEIPT = SignedStatement.getDefaultInstance();
  private static final long MODEL_BYTES = 4_000_000;

  private long seconds;
  private double cpuSeconds;
  private final SwarmEvents events =
      new SwarmEvents(2, 1, () -> seconds * 1_000_000_000, () -> cpuSeconds);

  private static TaskId task(TaskId.Kind kind) {
    return new TaskId("swarm", 1, 1, kind);
  }

  private void at(long second, double cpu) {
    seconds = second;
    cpuSeconds = cpu;
  }

  private void oneRound() {
    TaskId train = task(TaskId.Kind.TRAIN);
    TaskId evaluate = task(TaskId.Kind.EVALUATE);
    at(10, 1);
    events.offered(train);
    at(11, 1);
    events.offered(train);
    at(12, 1);
    events.uploading(train);
    at(13, 2);
    events.uploading(train);
    at(14, 2);
    events.receipt(0, train, RECEIPT);
    at(16, 3);
    events.receipt(1, train, RECEIPT);
    at(19, 5);
    events.offered(evaluate);
    events.offered(evaluate);
    at(20, 6);
    events.modelReceived(evaluate, MODEL_BYTES);
    events.evaluated(evaluate);
    at(21, 7);
    events.modelReceived(evaluate, MODEL_BYTES);
    at(22, 9);
    events.evaluated(evaluate);
  }

  @Test
  void intervalsRunFromTheFirstClientToTheLast() throws SwarmFailedException {
    oneRound();
    RoundTimes round = events.rounds(1).get(0);
    assertThat(round.ingestSeconds()).isEqualTo(4); // 12 to 16
    assertThat(round.foldSeconds()).isEqualTo(3); // 16 to 19
    assertThat(round.egressSeconds()).isEqualTo(2); // 19 to 21
    assertThat(round.modelBytes).isEqualTo(2 * MODEL_BYTES);
  }

  @Test
  void ratesAndSharesComeFromThoseIntervals() throws SwarmFailedException {
    oneRound();
    SwarmOptions options =
        new SwarmOptions(2, 1_000_000, 0, 1, AggregationRules.DEFAULT, ServerRules.DEFAULT, 1);
    SwarmResult result =
        new SwarmMeasures(
                SwarmJob.of(options),
                1_000_000,
                0,
                events.rounds(1),
                List.of(16.0),
                5,
                6,
                2,
                1,
                new MachineLimits(100, 8, 40, 1),
                new MachineLimits(90, 10, 4, 2))
            .result();
    assertThat(result.ingestMegabytesPerSecond()).isEqualTo(2); // 8 MB in 4 s
    assertThat(result.wholeRoundMegabytesPerSecond()).isEqualTo(0.5);
    assertThat(result.egressMegabytesPerSecond()).isEqualTo(4);
    assertThat(result.coordinatorCpuSecondsPerGigabyte()).isCloseTo(1_000, within(1e-9)); // 8 s
    assertThat(result.ingestCpuSecondsPerGigabyte()).isCloseTo(250, within(1e-9));
    assertThat(result.foldCpuSecondsPerGigabyte()).isCloseTo(250, within(1e-9));
    assertThat(result.egressCpuSecondsPerGigabyte()).isCloseTo(500, within(1e-9));
    assertThat(result.tlsLoopbackMegabytesPerSecond()).isEqualTo(90);
    assertThat(result.tlsSha256LoopbackMegabytesPerSecond()).isEqualTo(8);
    assertThat(result.diskWriteFsyncMegabytesPerSecond()).isEqualTo(4);
    assertThat(result.ingestShareOfLimit()).isEqualTo(0.5);
  }

  @Test
  void medianIsTheMiddleOrBetweenTheTwoInTheMiddle() {
    assertThat(SwarmMeasures.median(List.of(9.0, 1.0, 2.0))).isEqualTo(2);
    assertThat(SwarmMeasures.median(List.of(9.0, 1.0, 2.0, 4.0))).isEqualTo(3);
  }

  @Test
  void aRoundWithAReceiptTooFewIsNoRound() {
    TaskId train = task(TaskId.Kind.TRAIN);
    events.offered(train);
    events.receipt(0, train, RECEIPT);
    assertThatThrownBy(() -> events.rounds(1))
        .isInstanceOf(SwarmFailedException.class)
        .hasMessageContaining("in round 1 there were 1 receipts and 0 accepted evaluations, not 2");
  }

  @Test
  void itEndsWhenEveryClientWasToldSo() throws Exception {
    events.farewell(true, "");
    assertThat(events.awaitEnd(1)).isFalse();
    events.farewell(true, "");
    assertThat(events.awaitEnd(1)).isTrue();
  }

  @Test
  void theFirstFaultIsTheOneThatIsTold() {
    events.failed("site-0001 lost its connection");
    events.failed("another");
    assertThatThrownBy(() -> events.awaitEnd(1)).hasMessage("site-0001 lost its connection");
  }

  @Test
  void aJobThatFailsFailsTheSwarm() {
    events.farewell(false, "quorum missed");
    assertThatThrownBy(() -> events.awaitEnd(1)).hasMessage("the job failed: quorum missed");
  }
}
