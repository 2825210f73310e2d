package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.OutboxDescriptor.DamagedException;
import io.tributary.common.wire.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class OutboxDescriptorTest {
  private static OutboxDescriptor descriptor(int round, long weight, double loss) {
    return new OutboxDescriptor(
        1,
        TestJobs.RUN,
        round,
        2,
        Statements.digest("job").hex(),
        Statements.digest("model").hex(),
        10_912L,
        1_024,
        Statements.digest("update").hex(),
        weight,
        Map.of("training-loss-nats-per-token", loss));
  }

  private static byte[] sealed(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return (Digest.sha256(bytes).hex() + "\n" + json).getBytes(StandardCharsets.UTF_8);
  }

  @Property
  void comesBackAsItWas(
      @ForAll @IntRange(min = 0, max = 1_000_000) int round,
      @ForAll @LongRange(min = 1) long weight,
      @ForAll @DoubleRange(min = -1e300, max = 1e300) double loss)
      throws DamagedException {
    OutboxDescriptor written = descriptor(round, weight, loss);
    OutboxDescriptor read = OutboxDescriptor.decode(written.encode(), TestJobs.LIMITS);
    assertThat(read).isEqualTo(written);
  }

  @Property
  void anyChangedByteIsFound(
      @ForAll @IntRange(min = 0, max = 9_999) int position,
      @ForAll @IntRange(min = 1, max = 255) int change) {
    byte[] bytes = descriptor(1, 5, 1.5).encode();
    bytes[position % bytes.length] ^= (byte) change;
    assertDamaged(bytes);
  }

  @Property
  void aDescriptorCutAnywhereIsDamaged(@ForAll @IntRange(min = 0, max = 9_999) int length) {
    byte[] whole = descriptor(1, 5, 1.5).encode();
    assertDamaged(Arrays.copyOf(whole, length % whole.length));
  }

  @Property
  void arbitraryBytesAreDamagedAndNothingWorse(@ForAll @Size(max = 500) byte[] bytes) {
    assertDamaged(bytes);
  }

  /** Even if they carry a checksum. */
  @Property
  void arbitrarySealedTextIsDamagedAndNothingWorse(@ForAll String text) {
    assertDamaged(sealed(text));
  }

  @Test
  void refusesWhatThisSiteCouldNeverHaveSent() {
    String good =
        new String(descriptor(1, 5, 1.5).encode(), StandardCharsets.UTF_8)
            .substring(2 * Digest.BYTES + 1);
    assertThat(good).contains("\"weight\":5");
    for (String bad :
        new String[] {
          good.replace("\"weight\":5", "\"weight\":0"),
          good.replace("\"weight\":5", "\"weight\":\"5\""),
          good.replace(",\"weight\":5", ""),
          good.replace("\"format\":1", "\"format\":2"),
          good.replace(TestJobs.RUN, "../../etc"),
          good.replace("\"chunk-bytes\":1024", "\"chunk-bytes\":999999999"),
          good.replace("10912", "9223372036854775807"),
          good.replace("1.5", "null"),
          good.replace("\"weight\":5", "\"weight\":5,\"more\":1"),
        }) {
      assertThat(bad).isNotEqualTo(good);
      assertDamaged(sealed(bad));
    }
  }

  private static void assertDamaged(byte[] bytes) {
    assertThatThrownBy(() -> OutboxDescriptor.decode(bytes, TestJobs.LIMITS))
        .as(new String(bytes, StandardCharsets.UTF_8))
        .isInstanceOf(DamagedException.class);
  }
}
