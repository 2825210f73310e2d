package io.tributary.common.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

class TlsProviderTest {
  @Test
  void jdkIsAlwaysThere() {
    assertThat(TlsProvider.JDK.isAvailable()).isTrue();
  }

  @Test
  void prefersBoringSslWhereOurNativesLoad() {
    String os = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    assumeTrue(os.equals("Linux amd64") || os.equals("Linux aarch64"), "no natives for " + os);
    assertThat(TlsProvider.preferred()).isEqualTo(TlsProvider.OPENSSL);
    assertThat(TlsProvider.describePreferred()).startsWith("OpenSSL (BoringSSL");
  }
}
