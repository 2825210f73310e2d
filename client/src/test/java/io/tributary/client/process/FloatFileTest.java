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

  @Test
  void readsWhatWasWrittenEvenWhenThereWasMoreBefore() throws Exception {
    file.write(ramp(MANY));
    assertThat(file.read(MANY)).isEqualTo(ramp(MANY));
    file.write(ramp(3));
    assertThat(file.read(3)).isEqualTo(ramp(3));
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
    assertThatThrownBy(() -> file.read(4)).isInstanceOf(BrokenProtocolException.class);
    assertThatThrownBy(() -> file.read(6)).isInstanceOf(BrokenProtocolException.class);
    for (int count : new int[] {1, 5, 9}) {
      file.write(ramp(5));
      file.spoil(count);
      assertThat(Files.size(path)).isEqualTo(count * 4L);
      assertThatThrownBy(() -> file.read(count)).isInstanceOf(BrokenProtocolException.class);
    }
  }

  @Test
  void followsNoLink() throws IOException {
    Path elsewhere = Files.write(directory.resolve("elsewhere"), new byte[4]);
    Files.createSymbolicLink(path, elsewhere);
    assertThatThrownBy(() -> file.read(1)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> file.write(new float[1])).isInstanceOf(IOException.class);
  }
}
