package io.tributary.client.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FloatFileTest {
  private static final int MANY = (1 << 18) + 3;

  @TempDir Path directory;

  private Path path;
  private FloatFile file;

  @BeforeEach
  void name() {
    path = directory.resolve("values.f32");
    file = new FloatFile(path);
  }

  private static float[] ramp(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i / 7f;
    }
    return values;
  }

  private float[] read(int count) throws Exception {
    float[] values = new float[count];
    file.read(values);
    return values;
  }

  @Test
  void findsTheOneValueThatIsNoNumberWhereverItIs() throws Exception {
    for (float strange : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      for (int at : new int[] {0, 1, 2, (1 << 18) - 1, 1 << 18, MANY - 2, MANY - 1}) {
        float[] values = ramp(MANY);
        values[at] = strange;
        file.write(values);
        assertThatThrownBy(() -> read(MANY))
            .isInstanceOfSatisfying(
                BrokenProtocolException.class,
                e -> assertThat(e.publicReason()).endsWith("(value " + at + ")"));
      }
    }
  }

  @Test
  void readsWhatWasWrittenEvenWhenThereWasMoreBefore() throws Exception {
    file.write(ramp(MANY));
    assertThat(read(MANY)).isEqualTo(ramp(MANY));
    file.write(ramp(3));
    assertThat(read(3)).isEqualTo(ramp(3));
  }

  @Test
  void isLittleEndian() throws IOException {
    file.write(new float[] {1f, -2f});
    assertThat(Files.readAllBytes(path))
        .containsExactly(0, 0, (byte) 0x80, 0x3F, 0, 0, 0, (byte) 0xC0);
  }

  @Test
  void refusesOtherSizesAndWhatNobodyWrote() throws Exception {
    file.write(ramp(5));
    assertThatThrownBy(() -> read(4)).isInstanceOf(BrokenProtocolException.class);
    assertThatThrownBy(() -> read(6)).isInstanceOf(BrokenProtocolException.class);
    for (int count : new int[] {1, 5, 9}) {
      file.write(ramp(5));
      file.spoil(count);
      assertThat(Files.size(path)).isEqualTo(count * 4L);
      assertThatThrownBy(() -> read(count)).isInstanceOf(BrokenProtocolException.class);
    }
  }

  @Test
  void followsNoLink() throws IOException {
    Path elsewhere = Files.write(directory.resolve("elsewhere"), new byte[4]);
    Files.createSymbolicLink(path, elsewhere);
    assertThatThrownBy(() -> read(1)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> file.write(new float[1])).isInstanceOf(IOException.class);
  }
}
