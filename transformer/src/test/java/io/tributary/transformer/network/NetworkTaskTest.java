package io.tributary.transformer.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.tensor.Initializer;
import io.tributary.common.tensor.Layout;
import io.tributary.transformer.TrainingDivergedException;
import io.tributary.transformer.TrainingProgress;
import io.tributary.transformer.TrainingResult;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

class NetworkTaskTest {
  private static final int BATCH = 7;
  private static final int STEPS = 13;
  private static final long SEED = 99;
  private static final double RATE = 0.2;

  private static final NumericExamples EXAMPLES = SmallNetworks.examples();
  private static final ExampleSplit SPLIT = ExampleSplit.of(EXAMPLES, 0.25, 4);

  private static NetworkTask task(NetworkKind kind, IUpdater updater, Layout layout) {
    byte[] program = SmallNetworks.program(kind, updater, 0);
    return new NetworkTask(new NetworkProgram(kind, () -> program), layout, EXAMPLES);
  }

  private static TrainingResult train(NetworkTask task, double rate) {
    return task.train(
        SmallNetworks.start(), SPLIT, BATCH, STEPS, rate, SEED, TrainingProgress.NONE, () -> {});
  }

  private static TextbookPerceptron textbook(boolean frozen) {
    TextbookPerceptron textbook =
        new TextbookPerceptron(
            SmallNetworks.FEATURES,
            SmallNetworks.HIDDEN,
            SmallNetworks.CLASSES,
            SmallNetworks.start());
    Set<Integer> still =
        IntStream.range(0, frozen ? SmallNetworks.FEATURES * SmallNetworks.HIDDEN : 0)
            .boxed()
            .collect(Collectors.toSet());
    NetworkBatches batches = new NetworkBatches(SPLIT.training(), BATCH, SEED);
    for (int i = 0; i < STEPS; i++) {
      textbook.step(SmallNetworks.features(), SmallNetworks.answers(), batches.next(), RATE, still);
    }
    return textbook;
  }

  private static void assertEqual(float[] found, double[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) found[i]).as("parameter %d", i).isCloseTo(expected[i], within(2e-5));
    }
  }

  @ParameterizedTest
  @EnumSource
  void trainsAsTheTextbookDoes(NetworkKind kind) {
    NetworkTask task = task(kind, new Sgd(1e-9), SmallNetworks.layout(kind, false));
    TrainingResult result = train(task, RATE);
    assertEqual(result.parameters(), textbook(false).parameters());
    assertThat(result.examples()).isEqualTo(SPLIT.training().length);
    assertThat(result.meanLossNats()).isBetween(0.01, 2.0);
  }

  @ParameterizedTest
  @EnumSource
  void keepsWhatTheJobFreezes(NetworkKind kind) {
    NetworkTask task = task(kind, new Sgd(1e-9), SmallNetworks.layout(kind, true));
    float[] trained = train(task, RATE).parameters();
    assertEqual(trained, textbook(true).parameters());
    int frozen = SmallNetworks.FEATURES * SmallNetworks.HIDDEN;
    assertThat(Arrays.copyOf(trained, frozen))
        .isEqualTo(Arrays.copyOf(SmallNetworks.start(), frozen));
  }

  @ParameterizedTest
  @EnumSource
  void judgesAsTheTextbookDoes(NetworkKind kind) {
    TextbookPerceptron textbook =
        new TextbookPerceptron(
            SmallNetworks.FEATURES,
            SmallNetworks.HIDDEN,
            SmallNetworks.CLASSES,
            SmallNetworks.start());
    double expected =
        textbook.loss(SmallNetworks.features(), SmallNetworks.answers(), SPLIT.heldOut());
    NetworkTask task = task(kind, new Sgd(1e-9), SmallNetworks.layout(kind, false));
    assertThat(task.evaluate(SmallNetworks.start(), SPLIT, done -> {}, () -> {}))
        .isCloseTo(expected, within(1e-4));
  }

  @ParameterizedTest
  @EnumSource
  void startsEachTaskWithAFreshUpdater(NetworkKind kind) {
    NetworkTask task = task(kind, new Adam(1e-9), SmallNetworks.layout(kind, false));
    float[] first = train(task, 0.05).parameters();
    assertThat(train(task, 0.05).parameters()).isEqualTo(first);
    assertThat(first).isNotEqualTo(SmallNetworks.start());
  }

  @Test
  void drawsDropoutFromTheTaskAlone() {
    NetworkKind kind = NetworkKind.MULTI_LAYER_NETWORK;
    byte[] program = SmallNetworks.program(kind, new Sgd(1e-9), 0.5);
    NetworkTask task =
        new NetworkTask(
            new NetworkProgram(kind, () -> program), SmallNetworks.layout(kind, false), EXAMPLES);
    float[] first = train(task, RATE).parameters();
    assertThat(train(task, RATE).parameters()).isEqualTo(first);
    assertThat(first)
        .isNotEqualTo(
            train(task(kind, new Sgd(1e-9), SmallNetworks.layout(kind, false)), RATE).parameters());
  }

  @Test
  void namesTheTensorThatDoesNotFit() {
    NetworkKind kind = NetworkKind.MULTI_LAYER_NETWORK;
    Initializer zeros = new Initializer.Zeros();
    Layout other = Layout.builder().add("0_W", zeros, 4, 4).build();
    assertThatThrownBy(() -> train(task(kind, new Sgd(), other), RATE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0_W has shape [4, 4] in the job but [3, 4] in the network");
    Layout less = Layout.builder().add("0_W", zeros, 3, 4).build();
    assertThatThrownBy(() -> train(task(kind, new Sgd(), less), RATE))
        .hasMessageContaining("[0_b, 1_W, 1_b]");
    Layout more = Layout.builder().add("2_W", zeros, 3, 4).build();
    assertThatThrownBy(() -> train(task(kind, new Sgd(), more), RATE))
        .hasMessageContaining("2_W but the network has none");
  }

  @Test
  void saysWhenTrainingDiverges() {
    NetworkKind kind = NetworkKind.SAMEDIFF;
    NetworkTask task = task(kind, new Sgd(), SmallNetworks.layout(kind, false));
    assertThatThrownBy(() -> train(task, 1e38))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("local.learning-rate");
  }

  @Test
  void takesAUsersOwnIteratorApart() {
    NetworkExamples supplied =
        NetworkExamples.ofMultiDataSets(
            () ->
                java.util.List.of(
                        EXAMPLES.batch(IntStream.range(0, 25).toArray()),
                        EXAMPLES.batch(IntStream.range(25, SmallNetworks.ROWS).toArray()))
                    .iterator());
    assertThat(supplied.count()).isEqualTo(SmallNetworks.ROWS);
    int[] chosen = {3, 40, 7};
    assertThat(supplied.batch(chosen).getFeatures(0))
        .isEqualTo(EXAMPLES.batch(chosen).getFeatures(0));
    assertThat(supplied.batch(chosen).getLabels(0)).isEqualTo(EXAMPLES.batch(chosen).getLabels(0));
    assertThat(supplied.contentHash(3)).isNotEqualTo(supplied.contentHash(4));
  }

  @ParameterizedTest
  @EnumSource
  void refusesAFileThatIsNoNetwork(NetworkKind kind) {
    for (String text : new String[] {"", "{}", "{\"@class\":\"java.net.URL\"}", "\u0000\u0001"}) {
      NetworkProgram program =
          new NetworkProgram(
              kind, () -> text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
      assertThatThrownBy(() -> program.tensors(1)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
