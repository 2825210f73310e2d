package io.tributary.transformer.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.transformer.decode.GeneratedText.Ending;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplingTest {
  /** A chain that cannot but go 0 → 1 → 2 → … and back to 0. */
  private static float[][] cycle(int tokens) {
    float[][] logits = new float[tokens][tokens];
    for (int token = 0; token < tokens; token++) {
      logits[token][(token + 1) % tokens] = 50;
    }
    return logits;
  }

  private static StopSequences stops(String... texts) {
    return new StopSequences(
        Arrays.stream(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList());
  }

  private static GeneratedText run(
      float[][] logits, PieceText pieces, GenerationSettings settings, List<String> heard) {
    return new Sampling(
            new MarkovEngine(1, logits),
            pieces,
            settings,
            (SamplingSettings) settings.choice(),
            (prompt, piece) -> heard.add(piece))
        .run(new int[][] {{0}})
        .get(0);
  }

  @Test
  void aTextEndsAtTheEndTokenWhichIsNoPartOfIt() {
    List<String> heard = new ArrayList<>();
    GeneratedText text =
        run(
            cycle(4),
            PieceText.of("a", "b", "c"),
            GenerationSettings.of(SamplingSettings.greedy(), 100),
            heard);
    assertThat(text).isEqualTo(new GeneratedText("bc", List.of(1, 2, 3), Ending.END_OF_TEXT));
    assertThat(heard).containsExactly("b", "c");
  }

  @Test
  void aStopSequenceAcrossTokenBordersIsCutOffAndNeverHeard() {
    PieceText pieces = PieceText.of("x", "to be", " or", " not", " to be ", "never");
    GenerationSettings settings =
        new GenerationSettings(SamplingSettings.greedy(), 100, 100, stops("r not t", "zz"));
    List<String> heard = new ArrayList<>();
    GeneratedText text = run(cycle(7), pieces, settings, heard);
    assertThat(text)
        .isEqualTo(new GeneratedText("to be o", List.of(1, 2, 3, 4), Ending.STOP_SEQUENCE));
    assertThat(heard).as("\"r\" may begin the stop sequence").containsExactly("to be", " o");
  }

  @Test
  void whatWasHeldBackForAStopSequenceThatDoesNotComeIsHeardLater() {
    PieceText pieces = PieceText.of("x", "ab", "ab", "c");
    GenerationSettings settings =
        new GenerationSettings(SamplingSettings.greedy(), 100, 100, stops("abd", "ababd"));
    List<String> heard = new ArrayList<>();
    GeneratedText text = run(cycle(5), pieces, settings, heard);
    assertThat(text.text()).isEqualTo("ababc");
    assertThat(heard).containsExactly("ababc");
  }

  @Test
  void lengthIsBoundedInTokensAndInBytes() {
    PieceText pieces = PieceText.of("x", "abc", "def", "ghi");
    GreedyLimits limits =
        (tokens, bytes) ->
            run(
                cycle(5),
                pieces,
                new GenerationSettings(SamplingSettings.greedy(), tokens, bytes, stops("fg")),
                new ArrayList<>());
    assertThat(limits.run(1, 99)).isEqualTo(new GeneratedText("abc", List.of(1), Ending.LENGTH));
    assertThat(limits.run(9, 4)).isEqualTo(new GeneratedText("abcd", List.of(1, 2), Ending.LENGTH));
    assertThat(limits.run(9, 6))
        .isEqualTo(new GeneratedText("abcdef", List.of(1, 2), Ending.LENGTH));
    assertThat(limits.run(9, 7))
        .isEqualTo(new GeneratedText("abcde", List.of(1, 2, 3), Ending.STOP_SEQUENCE));
  }

  private interface GreedyLimits {
    GeneratedText run(int tokens, int bytes);
  }

  @Test
  void charactersAreHeardWholeAndACutOneIsLeftOut() {
    byte[] euro = "€".getBytes(StandardCharsets.UTF_8);
    PieceText pieces =
        PieceText.ofBytes(
            List.of(
                new byte[] {'x'},
                new byte[] {euro[0]},
                new byte[] {euro[1], euro[2], 'y', euro[0]},
                new byte[] {euro[1]}));
    List<String> heard = new ArrayList<>();
    GeneratedText text =
        run(cycle(5), pieces, GenerationSettings.of(SamplingSettings.greedy(), 3), heard);
    assertThat(heard).containsExactly("€y");
    assertThat(text.text()).isEqualTo("€y");
  }

  @Test
  void aPromptsTextDoesNotDependOnItsNeighbours() {
    float[][] uniform = new float[5][5];
    GenerationSettings settings = GenerationSettings.of(new SamplingSettings(1, 4, 1, 1, 7), 20);
    int[][] alone = {{1}};
    int[][] beside = {{0, 2}, {1}, {3}, {1}};
    List<GeneratedText> many = sample(uniform, settings, beside);
    assertThat(sample(uniform, settings, alone)).containsExactly(many.get(1));
    assertThat(sample(uniform, settings, beside)).as("same seed").isEqualTo(many);
    assertThat(many.get(3)).as("the same prompt again").isNotEqualTo(many.get(1));
    assertThat(many.get(2)).as("another prompt").isNotEqualTo(many.get(1));
    GenerationSettings other = GenerationSettings.of(new SamplingSettings(1, 4, 1, 1, 8), 20);
    assertThat(sample(uniform, other, alone)).as("another seed").isNotEqualTo(List.of(many.get(1)));
  }

  private static List<GeneratedText> sample(
      float[][] logits, GenerationSettings settings, int[][] prompts) {
    return new Sampling(
            new MarkovEngine(prompts.length, logits),
            PieceText.of("a", "b", "c", "d"),
            settings,
            (SamplingSettings) settings.choice(),
            GenerationListener.none())
        .run(prompts);
  }

  @Test
  void textsThatEndedLeaveTheOthersGoingOn() {
    // 0 → 1 → 2 → 3 (the end); a sequence that starts at 2 ends first.
    MarkovEngine engine = new MarkovEngine(2, cycle(4));
    GenerationSettings settings = GenerationSettings.of(SamplingSettings.greedy(), 100);
    List<GeneratedText> texts =
        new Sampling(
                engine,
                PieceText.of("a", "b", "c"),
                settings,
                SamplingSettings.greedy(),
                GenerationListener.none())
            .run(new int[][] {{2}, {0}});
    assertThat(texts).extracting(GeneratedText::text).containsExactly("", "bc");
    assertThat(engine.steps()).as("none after the last text ended").isEqualTo(2);
    assertThat(engine.history(0)).as("idle").containsExactly(2);
  }
}
