package io.tributary.examples.iris;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class IrisNetworksTest {
  private static final Path IRIS = Path.of("iris");

  @Test
  void theDescriptionThatComesAlongIsTheOneThatTheCodeWrites() throws IOException {
    assertThat(Files.readAllBytes(IRIS.resolve("iris.json")))
        .isEqualTo(IrisNetworks.multiLayerNetwork());
  }

  @Test
  void theJobNamesThatDescription() throws Exception {
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(IRIS.resolve("iris.json")));
    assertThat(Files.readString(IRIS.resolve("job.yaml")))
        .contains("program: " + HexFormat.of().formatHex(digest));
  }

  @Test
  void describesTheSameNetworkThreeTimesAndAlwaysWithTheSameBytes() {
    assertThat(IrisNetworks.computationGraph()).isEqualTo(IrisNetworks.computationGraph());
    assertThat(IrisNetworks.sameDiff()).isEqualTo(IrisNetworks.sameDiff());
  }
}
