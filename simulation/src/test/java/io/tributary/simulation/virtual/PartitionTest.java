package io.tributary.simulation.virtual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.tls.SiteName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PartitionTest {
  private static final long SEED = 11;

  /** Texts of distinct letters, so that a byte tells its class. */
  private static List<SourceText> texts(long seed, int count, int mostBytes) {
    CounterRandom random = new CounterRandom(seed, "texts");
    List<SourceText> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder();
      int length = 1 + random.nextInt(mostBytes);
      while (text.length() < length) {
        text.append(String.valueOf((char) ('a' + i % 26)).repeat(1 + random.nextInt(60)));
        text.append(random.nextInt(4) == 0 ? "\n\n" : random.nextInt(3) == 0 ? "é" : "\n");
      }
      texts.add(SourceText.of("text-" + i, text.toString()));
    }
    return texts;
  }

  /** Fails unless every byte of every text is at exactly one site. */
  private static void requireEachByteOnce(
      List<SourceText> texts, SortedMap<SiteName, SiteText> dealt) {
    int[][] seen = new int[texts.size()][];
    for (int i = 0; i < seen.length; i++) {
      seen[i] = new int[texts.get(i).bytes().length];
    }
    for (SiteText site : dealt.values()) {
      int bytes = 0;
      for (TextSlice slice : site.slices()) {
        bytes += slice.size();
        for (int i = slice.start(); i < slice.end(); i++) {
          seen[slice.source()][i]++;
        }
      }
      assertThat(site.bytes()).hasSize(bytes);
    }
    for (int[] counts : seen) {
      assertThat(counts).containsOnly(1);
    }
  }

  @Property(tries = 200)
  void everyByteGoesToExactlyOneSite(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 12) int texts,
      @ForAll @IntRange(min = 1, max = 20) int sites,
      @ForAll @IntRange(min = 0, max = 4) int kind) {
    List<SourceText> all = texts(seed, texts, 20_000);
    Partition partition =
        kind == 0
            ? new Partition.ByFile()
            : kind == 1
                ? new Partition.Iid()
                : new Partition.Dirichlet(new double[] {1e-3, 0.3, 100}[kind - 2]);
    SortedMap<SiteName, SiteText> dealt;
    try {
      dealt = partition.deal(all, sites, seed);
    } catch (UserErrorException tooMany) {
      assertThat(tooMany).hasMessageContaining("--sites is " + sites);
      return;
    }
    assertThat(dealt).hasSize(sites);
    assertThat(dealt.values()).allSatisfy(site -> assertThat(site.size()).isPositive());
    requireEachByteOnce(all, dealt);
  }

  @Property(tries = 100)
  void unitsAreTheTextAndCutNoCharacter(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 30_000) int bytes) {
    byte[] text = texts(seed, 1, bytes).get(0).bytes();
    StringBuilder joined = new StringBuilder();
    for (TextSlice unit : TextSlice.units(0, text)) {
      assertThat(unit.size()).isBetween(1, TextSlice.MAX_UNIT_BYTES);
      joined.append(
          new String(text, unit.start(), unit.size(), StandardCharsets.UTF_8)); // malformed shows
    }
    assertThat(joined.toString()).isEqualTo(new String(text, StandardCharsets.UTF_8));
  }

  @Test
  void theSameSeedDealsTheSameAndAnotherDoesNot() {
    List<SourceText> texts = texts(1, 6, 20_000);
    for (Partition partition : List.of(new Partition.Iid(), new Partition.Dirichlet(0.5))) {
      assertThat(contents(partition.deal(texts, 7, SEED)))
          .isEqualTo(contents(partition.deal(texts, 7, SEED)))
          .isNotEqualTo(contents(partition.deal(texts, 7, SEED + 1)));
    }
  }

  private static Map<String, String> contents(SortedMap<SiteName, SiteText> dealt) {
    Map<String, String> contents = new HashMap<>();
    dealt.forEach(
        (name, text) ->
            contents.put(name.value(), new String(text.bytes(), StandardCharsets.UTF_8)));
    return contents;
  }

  @Test
  void iidSitesAreOfEqualSizeAndKind() {
    List<SourceText> texts = equalTexts();
    SortedMap<SiteName, SiteText> dealt = new Partition.Iid().deal(texts, 8, SEED);
    int part = texts.stream().mapToInt(text -> text.bytes().length).sum() / 8;
    assertThat(dealt.values())
        .allSatisfy(site -> assertThat(site.size()).isBetween(part - 4_096, part + 4_096));
    assertThat(meanLargestShare(dealt)).isLessThan(0.4);
  }

  @Test
  void theSmallerTheConcentrationTheFewerClassesASiteHas() {
    List<SourceText> texts = equalTexts();
    double skewed = meanLargestShare(new Partition.Dirichlet(0.05).deal(texts, 16, SEED));
    double mild = meanLargestShare(new Partition.Dirichlet(1).deal(texts, 16, SEED));
    double even = meanLargestShare(new Partition.Dirichlet(1_000).deal(texts, 16, SEED));
    assertThat(skewed).isGreaterThan(0.75).isGreaterThan(mild + 0.1);
    assertThat(mild).isGreaterThan(even + 0.1);
    assertThat(even).isLessThan(0.5);
  }

  @Test
  void proportionsAreDrawnAroundTheClassesOverallShares() {
    // With a large concentration each site's mixture is the overall one: a class of four fifths.
    List<SourceText> texts =
        List.of(
            SourceText.of("large", "l".repeat(60).concat("\n\n").repeat(6_400)),
            SourceText.of("small", "s".repeat(60).concat("\n\n").repeat(1_600)));
    new Partition.Dirichlet(10_000)
        .deal(texts, 8, SEED)
        .values()
        .forEach(site -> assertThat(share(site, 0)).isBetween(0.7, 0.9));
  }

  private static List<SourceText> equalTexts() {
    List<SourceText> texts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String paragraph = String.valueOf((char) ('a' + i)).repeat(200) + "\n\n";
      texts.add(SourceText.of("class-" + i, paragraph.repeat(800)));
    }
    return texts;
  }

  private static double share(SiteText site, int source) {
    long bytes =
        site.slices().stream()
            .filter(slice -> slice.source() == source)
            .mapToLong(TextSlice::size)
            .sum();
    return (double) bytes / site.size();
  }

  private static double meanLargestShare(SortedMap<SiteName, SiteText> dealt) {
    return dealt.values().stream()
        .mapToDouble(
            site -> {
              double largest = 0;
              for (int source = 0; source < 5; source++) {
                largest = Math.max(largest, share(site, source));
              }
              return largest;
            })
        .average()
        .orElseThrow();
  }

  @Test
  void eachFileIsASiteWithItsName() {
    List<SourceText> texts =
        List.of(SourceText.of("Ward 1.txt", "aaaa"), SourceText.of("b/ward_2.txt", "bb"));
    SortedMap<SiteName, SiteText> dealt = new Partition.ByFile().deal(texts, 2, SEED);
    assertThat(contents(dealt)).isEqualTo(Map.of("ward-1", "aaaa", "b-ward-2", "bb"));
    // Not a copy: a site that has a whole text reads the text itself.
    assertThat(dealt.get(new SiteName("ward-1")).bytes()).isSameAs(texts.get(0).bytes());
  }

  @Test
  void smallFilesShareASite() {
    List<SourceText> texts =
        List.of(
            SourceText.of("a", "aa"),
            SourceText.of("b", "bbbbbbbb"),
            SourceText.of("c", "ccc"),
            SourceText.of("d", "dddddd"));
    // b and d are the largest; c joins the smaller of them (d), then a joins b.
    assertThat(contents(new Partition.ByFile().deal(texts, 2, SEED)))
        .isEqualTo(Map.of("b", "aabbbbbbbb", "d", "cccdddddd"));
  }

  @Test
  void namesThatFallTogetherAreToldApart() {
    List<SourceText> texts = List.of(SourceText.of("A", "aa"), SourceText.of("a!", "b"));
    assertThat(contents(new Partition.ByFile().deal(texts, 2, SEED)))
        .isEqualTo(Map.of("a", "aa", "a-2", "b"));
  }

  @Test
  void moreSitesThanTheTextAllowsAreRefused() {
    List<SourceText> texts = List.of(SourceText.of("a", "one short text"));
    assertThatThrownBy(() -> new Partition.ByFile().deal(texts, 2, SEED))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("--sites is 2")
        .hasMessageContaining("only 1 texts");
    assertThatThrownBy(() -> new Partition.Iid().deal(texts, 2, SEED))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("--sites is 2")
        .hasMessageContaining("only 1 paragraphs");
  }

  @Test
  void whatCannotBeReadIsNamed() {
    assertThat(Partition.parse("iid")).isEqualTo(new Partition.Iid());
    assertThat(Partition.parse("By-File")).isEqualTo(new Partition.ByFile());
    assertThat(Partition.parse("dirichlet:0.3")).isEqualTo(new Partition.Dirichlet(0.3));
    for (String bad : List.of("dirichlet:0", "dirichlet:-1", "dirichlet:1e9")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Partition.parse(bad))
          .withMessageContaining("above 0");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Partition.parse("dirichlet:x"))
        .withMessageContaining("x is not a number");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Partition.parse("shards"))
        .withMessageContaining("shards but must be iid, dirichlet:A");
  }
}
