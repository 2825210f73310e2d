package io.tributary.transformer.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.TinyModel;
import io.tributary.transformer.TokenBatch;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold between attentions of different kinds, and of each by itself. */
class AttentionContractTest {
  private static final Map<String, TransformerConfig> DECODERS = Variants.decoders();
  private static final TransformerConfig BASE = Variants.BASE;
  private static final int T = BASE.contextLength();

  static Stream<String> decoders() {
    return DECODERS.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void laterTokensChangeNothing(String variant) {
    TransformerConfig config = DECODERS.get(variant);
    double[] parameters = TinyModel.doubles(TinyModel.weights(config, 1));
    try (DoubleModel model = new DoubleModel(config, 1)) {
      TokenBatch batch = tokens(config, 3, 1, 4, 1, 5, 9);
      double[] before = model.answers(parameters, batch).clone();
      int columns = before.length / T;
      for (int changed = 1; changed < T; changed++) {
        TokenBatch other = tokens(config, 3, 1, 4, 1, 5, 9);
        for (int t = changed; t < T; t++) {
          other.setInput(0, t, (other.input(t) + 2 + t) % config.vocabularySize());
        }
        double[] after = model.answers(parameters, other);
        for (int i = 0; i < changed * columns; i++) {
          assertThat(after[i]).as("position %d", i / columns).isEqualTo(before[i]);
        }
        assertThat(after[changed * columns]).isNotEqualTo(before[changed * columns]);
      }
    }
  }

  @Test
  void groupedQueryWithAllHeadsIsMultiHead() {
    assertSame(BASE, with(AttentionRules.grouped(BASE.heads())));
  }

  @Test
  void multiQueryIsGroupedQueryWithOneHead() {
    assertSame(
        with(AttentionRules.grouped(1)), with(AttentionRules.of(AttentionRules.Kind.MULTI_QUERY)));
  }

  @Test
  void patternsThatCoverTheContextAreFull() {
    assertSame(BASE, with(AttentionRules.MULTI_HEAD.local(T)));
    assertSame(BASE, with(AttentionRules.MULTI_HEAD.strided(1)));
    assertSame(BASE, with(AttentionRules.MULTI_HEAD.blockSparse(T, 0)));
    assertSame(BASE, with(AttentionRules.MULTI_HEAD.blockSparse(1, T)));
  }

  @Test
  void tiledIsFull() {
    for (int tile = 1; tile <= T; tile++) {
      assertSame(BASE, with(AttentionRules.MULTI_HEAD.tiled(tile)));
    }
  }

  @Test
  void latentOfFullWidthIsMultiHead() {
    int d = BASE.width();
    TransformerConfig plain = BASE.edit().biases(false).build();
    TransformerConfig latent = plain.edit().attention(AttentionRules.latent(d, null)).build();
    double[] from = TinyModel.doubles(TinyModel.weights(plain, 2));
    double[] to = new double[latent.layout().parameterCount()];
    for (TensorSpec tensor : latent.layout().tensors()) {
      int at = (int) tensor.offset();
      String prefix = tensor.name().replaceAll("attention\\..*", "attention.input.weight");
      if (plain.layout().find(tensor.name()).isPresent()) {
        int source = (int) plain.layout().tensor(tensor.name()).offset();
        System.arraycopy(from, source, to, at, tensor.size());
      } else if (tensor.name().endsWith("attention.latent.weight")) {
        for (int i = 0; i < d; i++) {
          to[at + i * d + i] = 1; // the latent is the input itself
        }
      } else {
        int source = (int) plain.layout().tensor(prefix).offset();
        boolean query = tensor.name().endsWith("attention.query.weight");
        int columns = tensor.shape().get(1);
        for (int i = 0; i < tensor.size(); i++) {
          int column = i % columns + (query ? 0 : d);
          to[at + i] = from[source + i / columns * 3 * d + column];
        }
      }
    }
    assertThat(answers(latent, to)).containsExactly(answers(plain, from), within(1e-12));
  }

  @Test
  void aWindowHidesWhatLiesBeyondIt() {
    // Two layers of window 2 reach two positions back: token 0 cannot reach position 3.
    TransformerConfig config = with(AttentionRules.MULTI_HEAD.local(2));
    double[] parameters = TinyModel.doubles(TinyModel.weights(config, 1));
    try (DoubleModel model = new DoubleModel(config, 1)) {
      double[] one = model.answers(parameters, tokens(config, 3, 1, 4, 1, 5, 9)).clone();
      double[] other = model.answers(parameters, tokens(config, 8, 1, 4, 1, 5, 9));
      int columns = one.length / T;
      assertThat(other[2 * columns]).isNotEqualTo(one[2 * columns]);
      for (int i = 3 * columns; i < one.length; i++) {
        assertThat(other[i]).isEqualTo(one[i]);
      }
    }
  }

  @Test
  void withoutPositionsAnEncoderDoesNotKnowTheOrder() {
    TransformerConfig encoder =
        Variants.others().get("encoder").edit().position(PositionRules.Kind.NONE).build();
    assertThat(encoder.stack()).isEqualTo(Stack.ENCODER);
    double[] parameters = TinyModel.doubles(TinyModel.weights(encoder, 1));
    try (DoubleModel model = new DoubleModel(encoder, 1)) {
      double[] one = model.answers(parameters, tokens(encoder, 3, 1, 4, 7, 5, 9)).clone();
      double[] other = model.answers(parameters, tokens(encoder, 9, 1, 4, 7, 5, 3));
      int columns = one.length / T;
      for (int i = 0; i < columns; i++) {
        assertThat(other[5 * columns + i]).isCloseTo(one[i], within(1e-12));
      }
    }
  }

  private static TransformerConfig with(AttentionRules rules) {
    return BASE.edit().attention(rules).build();
  }

  /** Both read the same flat vector. */
  private static void assertSame(TransformerConfig one, TransformerConfig other) {
    assertThat(other.layout()).isEqualTo(one.layout());
    double[] parameters = TinyModel.doubles(TinyModel.weights(one, 7));
    assertThat(answers(other, parameters)).containsExactly(answers(one, parameters), within(1e-12));
  }

  private static double[] answers(TransformerConfig config, double[] parameters) {
    try (DoubleModel model = new DoubleModel(config, 2)) {
      return model.answers(parameters, TinyModel.batch(config, 2, 3));
    }
  }

  private static TokenBatch tokens(TransformerConfig config, int... tokens) {
    TokenBatch batch = TokenBatch.of(config, 1);
    for (int t = 0; t < tokens.length; t++) {
      batch.setInput(0, t, tokens[t]);
    }
    return batch;
  }
}
