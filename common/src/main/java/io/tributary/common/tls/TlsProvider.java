package io.tributary.common.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;

/** Which library does the TLS: BoringSSL through netty-tcnative where it loads, else the JDK. */
public enum TlsProvider {
  /** BoringSSL, about three times as fast. */
  OPENSSL(SslProvider.OPENSSL),
  /** The JDK's own; always there. */
  JDK(SslProvider.JDK);

  private final SslProvider netty;

  TlsProvider(SslProvider netty) {
    this.netty = netty;
  }

  /** Returns OPENSSL where it loads and speaks TLS 1.3, else JDK. */
  public static TlsProvider preferred() {
    return OPENSSL.isAvailable() ? OPENSSL : JDK;
  }

  /** Returns whether this machine has it. */
  public boolean isAvailable() {
    return this == JDK || (OpenSsl.isAvailable() && SslProvider.isTlsv13Supported(netty));
  }

  /** Says in one line which provider {@link #preferred()} is, its version, and why: for doctor. */
  public static String describePreferred() {
    if (preferred() == OPENSSL) {
      return "OpenSSL (" + OpenSsl.versionString() + ", netty-tcnative)";
    }
    Throwable cause = OpenSsl.unavailabilityCause();
    return "JDK TLS (Java "
        + Runtime.version()
        + "), slower, because netty-tcnative did not load: "
        + (cause == null ? "it has no TLS 1.3" : OneLine.of(cause));
  }

  SslProvider netty() {
    return netty;
  }
}
