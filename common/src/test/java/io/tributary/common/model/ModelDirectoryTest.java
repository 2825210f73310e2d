package io.tributary.common.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.wire.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDirectoryTest {
  private static final TransformerConfig TINY = new TransformerConfig(256, 4, 1, 2, 8, 4);

  @TempDir Path directory;
  private ModelDirectory models;
  private float[] weights;

  @BeforeEach
  void makeWeights() {
    models = new ModelDirectory(directory);
    weights = InitialWeights.create(TINY.layout(), 7);
  }

  private String publish(float[] values, int round) throws IOException {
    Path unsealed = models.unsealedFile("next");
    ModelDirectory.write(unsealed, values);
    String digest = models.seal(unsealed, values.length);
    models.describe(ModelDescription.of("job", round, digest, TINY));
    return digest;
  }

  @Test
  void readsBackWhatWasPublished() throws IOException {
    String digest = publish(weights, 3);
    ModelDescription description = models.description();
    assertThat(description).isEqualTo(ModelDescription.of("job", 3, digest, TINY));
    assertThat(models.weights(description)).isEqualTo(weights);
    assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void namesTheWeightsByTheSha256OfLittleEndianFloats() throws Exception {
    String digest = publish(weights, 0);
    ByteBuffer bytes = ByteBuffer.allocate(4 * weights.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(weights);
    assertThat(digest)
        .isEqualTo(
            HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array())));
    assertThat(models.weightsFile(digest)).hasBinaryContent(bytes.array());
  }

  @Test
  void refusesToSealWeightsThatAreNotFinite() throws IOException {
    weights[5] = Float.NaN;
    assertThatThrownBy(() -> publish(weights, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("parameter 5")
        .hasMessageContaining("NaN");
    assertThat(directory.resolve(ModelDirectory.DESCRIPTION_FILE)).doesNotExist();
  }

  @Test
  void refusesToSealAWrongNumberOfValues() throws IOException {
    Path unsealed = models.unsealedFile("next");
    ModelDirectory.write(unsealed, weights);
    assertThatThrownBy(() -> models.seal(unsealed, weights.length + 1))
        .hasMessageContaining((weights.length + 1) + " parameters need");
  }

  @Test
  void noticesAChangedByte() throws IOException {
    String digest = publish(weights, 1);
    byte[] bytes = Files.readAllBytes(models.weightsFile(digest));
    bytes[0] ^= 1;
    Files.write(models.weightsFile(digest), bytes);
    assertThatThrownBy(() -> models.weights(models.description()))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("the file was changed");
  }

  @Test
  void checksSealedWeightsWithoutHoldingThem() throws IOException {
    String digest = publish(weights, 1);
    models.check(digest, weights.length);
    assertThat(ModelDirectory.digest(models.weightsFile(digest), weights.length)).isEqualTo(digest);
    assertThatThrownBy(() -> models.check(digest, weights.length - 1))
        .hasMessageContaining("parameters need");
    byte[] bytes = Files.readAllBytes(models.weightsFile(digest));
    bytes[0] ^= 1;
    Files.write(models.weightsFile(digest), bytes);
    assertThatThrownBy(() -> models.check(digest, weights.length))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has SHA-256");
    Files.delete(models.weightsFile(digest));
    assertThatThrownBy(() -> models.check(digest, weights.length))
        .hasMessageContaining("is missing");
  }

  @Test
  void knowsWhetherTheDescriptionNamesTheWeights() throws IOException {
    assertThat(models.describes("0".repeat(64))).isFalse();
    String digest = publish(weights, 1);
    assertThat(models.describes(digest)).isTrue();
    assertThat(models.describes("0".repeat(64))).isFalse();
    Files.writeString(directory.resolve(ModelDirectory.DESCRIPTION_FILE), "{\"round\":");
    assertThat(models.describes(digest)).isFalse();
  }

  @Test
  void refusesToDescribeWeightsThatAreNotThere() {
    assertThatThrownBy(() -> models.describe(ModelDescription.of("job", 1, "0".repeat(64), TINY)))
        .hasMessageContaining("is missing");
  }

  @Test
  void saysWhatADirectoryWithoutAModelLacks() {
    assertThatThrownBy(models::description)
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("model.json is missing");
  }

  @Test
  void aDeviceInPlaceOfTheDescriptionIsNotRead() throws IOException {
    assumeThat(Path.of("/dev/zero")).exists();
    Files.createSymbolicLink(
        directory.resolve(ModelDirectory.DESCRIPTION_FILE), Path.of("/dev/zero"));
    assertThatThrownBy(models::description)
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("model.json: it is not a regular file");
  }

  @Test
  void refusesADescriptionOfAnotherFormat() throws IOException {
    publish(weights, 1);
    Path file = directory.resolve(ModelDirectory.DESCRIPTION_FILE);
    Files.writeString(
        file, Files.readString(file).replace("\"format-version\":1", "\"format-version\":2"));
    assertThatThrownBy(models::description).hasMessageContaining("format-version is 2");
  }

  private String sealState(float value) throws IOException {
    Path unsealed = models.unsealedStateFile("next");
    ModelDirectory.write(unsealed, new float[] {value, -value});
    return models.sealState(unsealed, 2);
  }

  @Test
  void sealsOptimizerStateUnderItsDigestAndChecksItAgain() throws IOException {
    String digest = sealState(0.5f);
    Path file = models.stateFile(digest);
    assertThat(file).hasFileName(digest + ".state");
    assertThat(models.unsealedStateFile("next")).doesNotExist();
    assertThat(Digest.sha256(Files.readAllBytes(file)).hex()).isEqualTo(digest);
    models.checkState(digest, 2);
    assertThatThrownBy(() -> models.checkState(digest, 3)).hasMessageContaining("has 8 bytes");
    assertThatThrownBy(() -> sealState(Float.NaN)).hasMessageContaining("parameter 0");
    Files.write(file, new byte[8]);
    assertThatThrownBy(() -> models.checkState(digest, 2)).hasMessageContaining("has SHA-256");
    Files.delete(file);
    assertThatThrownBy(() -> models.checkState(digest, 2)).hasMessageContaining("is missing");
  }

  @Test
  void keepsOnlyTheNamedWeights() throws IOException {
    String first = publish(weights, 0);
    weights[0] += 1;
    String second = publish(weights, 1);
    Files.writeString(directory.resolve("half.f32.tmp"), "x");
    String oldState = sealState(1);
    String state = sealState(2);
    models.keepOnly(Set.of(second, state));
    assertThat(models.weightsFile(first)).doesNotExist();
    assertThat(models.stateFile(oldState)).doesNotExist();
    models.checkState(state, 2);
    assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
    assertThat(models.weights(models.description())).isEqualTo(weights);
  }
}
