package io.tributary.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
  record Inner(Integer port, String host) {}

  record Outer(Integer retries, Boolean quiet, Inner listen) {}

  @TempDir Path directory;

  private Outer read(String yaml) throws IOException {
    Path file = directory.resolve("c.yaml");
    Files.writeString(file, yaml);
    return ConfigReader.readYaml(file, Outer.class);
  }

  @Test
  void readsNestedKeys() throws IOException {
    assertThat(read("retries: 3\nlisten: {port: 1, host: a}"))
        .isEqualTo(new Outer(3, null, new Inner(1, "a")));
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> ConfigReader.readYaml(directory.resolve("none.yaml"), Outer.class))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("none.yaml does not exist");
  }

  @Test
  void aDirectoryInPlaceOfAFileIsAnErrorNotATrace() {
    assertThatThrownBy(() -> ConfigReader.readYaml(directory, Outer.class))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void aDeviceThatNeverEndsIsNotRead() {
    Path endless = Path.of("/dev/zero");
    assumeThat(endless).exists();
    assertThatThrownBy(() -> ConfigReader.readYaml(endless, Outer.class))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("/dev/zero cannot be read (it is not a regular file)");
  }

  @Test
  void anUnknownKeyGetsASuggestionWithItsWholePath() {
    assertThatThrownBy(() -> read("listen: {prot: 1}"))
        .hasMessageContaining("unknown key listen.prot: did you mean listen.port?");
  }

  @Test
  void aDuplicateKeyIsRefused() {
    assertThatThrownBy(() -> read("retries: 1\nretries: 2"))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("retries");
  }

  @Test
  void textIsNotSilentlyANumberNorANumberABoolean() {
    assertThatThrownBy(() -> read("retries: \"3\"")).hasMessageContaining("a whole number");
    assertThatThrownBy(() -> read("quiet: 1")).hasMessageContaining("true or false");
  }

  @Test
  void brokenSyntaxNamesLineAndColumn() {
    assertThatThrownBy(() -> read("retries: [1"))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("line");
  }

  @Test
  void anEmptyFileSaysSo() {
    assertThatThrownBy(() -> read("")).isInstanceOf(UserErrorException.class);
    assertThatThrownBy(() -> read("# only a comment")).isInstanceOf(UserErrorException.class);
  }

  @Test
  void aliasBombsAndOversizedFilesAreRefused() {
    assertThatThrownBy(() -> read("a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]"))
        .isInstanceOf(UserErrorException.class);
    assertThatThrownBy(() -> read("#".repeat(ConfigReader.MAX_CONFIG_BYTES + 1)))
        .hasMessageContaining("has more than the 262144 bytes that are read");
  }

  @Test
  void aFileThatIsNotUtf8IsRefused() throws IOException {
    Path file = directory.resolve("latin.yaml");
    Files.write(file, new byte[] {'#', (byte) 0xe9, '\n'});
    assertThatThrownBy(() -> ConfigReader.readYaml(file, Outer.class))
        .hasMessageContaining("is not UTF-8");
  }

  @Test
  void aYamlTagCannotNameAClass() {
    assertThatThrownBy(() -> read("listen: !!javax.script.ScriptEngineManager [1]"))
        .isInstanceOf(UserErrorException.class);
  }

  @Property(tries = 300)
  void noBytesMakeTheReaderThrowAnythingElse(@ForAll byte[] bytes) {
    try {
      ConfigReader.readJson(bytes, Outer.class, "fuzz");
    } catch (UserErrorException expected) {
      assertThat(expected.getMessage()).startsWith("fuzz");
    }
  }

  @Property(tries = 300)
  void noTextMakesTheYamlReaderThrowAnythingElse(@ForAll String text) throws IOException {
    Path file = Files.createTempFile("config", ".yaml");
    try {
      Files.write(file, text.getBytes(StandardCharsets.UTF_8));
      ConfigReader.readYaml(file, Outer.class);
    } catch (UserErrorException expected) {
      assertThat(expected.getMessage()).isNotBlank();
    } finally {
      Files.delete(file);
    }
  }
}
