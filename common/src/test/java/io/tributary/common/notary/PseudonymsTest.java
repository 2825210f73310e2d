package io.tributary.common.notary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tributary.common.tls.SiteName;
import org.junit.jupiter.api.Test;

class PseudonymsTest {
  private static Pseudonyms keyed(int first) {
    byte[] key = new byte[Pseudonyms.KEY_BYTES];
    key[0] = (byte) first;
    return new Pseudonyms(ByteString.copyFrom(key));
  }

  @Test
  void aSiteHasOneNameInARunAndAnotherInTheNext() {
    SiteName site = new SiteName("north");
    assertThat(keyed(1).of(site)).isEqualTo(keyed(1).of(site)).isNotEqualTo(keyed(2).of(site));
    assertThat(keyed(1).of(site)).isNotEqualTo(keyed(1).of(new SiteName("south")));
    assertThat(Pseudonyms.isPseudonym(keyed(1).of(site))).isTrue();
  }

  /** Computed with {@code printf north | openssl dgst -sha256 -mac HMAC -macopt hexkey:00…00}. */
  @Test
  void theNameIsTheHeadOfAnHmac() {
    assertThat(keyed(0).of(new SiteName("north"))).isEqualTo("1a0102a17340ce612b55e9ff7251bbda");
  }

  @Test
  void aShortKeyIsRefused() {
    assertThatThrownBy(() -> new Pseudonyms(ByteString.copyFrom(new byte[31])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32 bytes, not 31");
  }
}
