package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ChunkSetTest {
  private static ChunkSet random(int size, long seed) {
    Random random = new Random(seed);
    ChunkSet set = ChunkSet.none(size);
    IntStream.range(0, size).filter(i -> random.nextBoolean()).forEach(set::add);
    return set;
  }

  private static List<Integer> members(ChunkSet set) {
    return IntStream.iterate(set.next(0), i -> i >= 0, i -> set.next(i + 1)).boxed().toList();
  }

  @Property
  void bytesCarryEverySetUnchanged(@ForAll @IntRange(max = 200) int size, @ForAll long seed) {
    ChunkSet set = random(size, seed);
    assertThat(set.toBytes()).hasSize((size + 7) / 8);
    assertThat(ChunkSet.fromBytes(size, set.toBytes())).isEqualTo(set);
  }

  @Property
  void complementHoldsExactlyTheOthers(@ForAll @IntRange(max = 200) int size, @ForAll long seed) {
    ChunkSet set = random(size, seed);
    ChunkSet others = set.complement();
    assertThat(IntStream.range(0, size)).allMatch(i -> set.contains(i) != others.contains(i));
    assertThat(set.cardinality() + others.cardinality()).isEqualTo(size);
    assertThat(members(set)).hasSize(set.cardinality()).isSorted().allMatch(set::contains);
  }

  /** An arbitrary bitmap is either the exact wire form of a set or refused. */
  @Property
  void acceptsOnlyCanonicalBitmaps(@ForAll @IntRange(max = 40) int size, @ForAll byte[] bitmap) {
    ChunkSet set;
    try {
      set = ChunkSet.fromBytes(size, bitmap);
    } catch (ProtocolException e) {
      boolean stray =
          bitmap.length == (size + 7) / 8
              && size % 8 != 0
              && (bitmap[bitmap.length - 1] & 0xff) >> (size % 8) != 0;
      assertThat(bitmap.length != (size + 7) / 8 || stray).isTrue();
      return;
    }
    assertThat(set.toBytes()).isEqualTo(bitmap);
  }

  @Test
  void putsChunkZeroIntoTheLowestBit() {
    ChunkSet set = ChunkSet.none(9);
    set.add(0);
    set.add(8);
    assertThat(set.toBytes()).containsExactly(1, 1);
    assertThatThrownBy(() -> ChunkSet.fromBytes(9, new byte[] {0, 2}))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("chunk bitmap sets bit 9 but there are only 9 chunks");
    assertThatThrownBy(() -> ChunkSet.fromBytes(9, new byte[1]))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("chunk bitmap has 1 bytes but 9 chunks need 2");
  }

  @Test
  void saysWhetherAddAndRemoveChangedAnything() {
    ChunkSet set = ChunkSet.all(3);
    assertThat(set.add(1)).isFalse();
    assertThat(set.remove(1)).isTrue();
    assertThat(set.remove(1)).isFalse();
    assertThat(set.add(1)).isTrue();
    assertThat(set.copy()).isEqualTo(set).isNotSameAs(set);
    assertThat(set).hasToString("3 of 3 chunks");
    assertThat(ChunkSet.none(3).isEmpty()).isTrue();
  }

  @Test
  void knowsNoChunkBeyondItsSize() {
    assertThatThrownBy(() -> ChunkSet.all(3).contains(3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ChunkSet.all(3).add(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ChunkSet.none(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
