package io.tributary.cli.wire;

import io.tributary.common.tls.CertificateFiles;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.wire.v1.Envelope;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Clock;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A TLS socket of the JDK with a site's certificate: whatever bytes a test likes, sent as a site.
 */
final class RawSite implements AutoCloseable {
  /** Of a frame. */
  static final int CONTROL = 1;

  /** Of a frame. */
  static final int CHUNK = 2;

  private static final int TIMEOUT_MILLIS = 60_000;
  private static final int MAX_FRAME_BYTES = 1 << 21;

  private final SSLSocket socket;
  private final DataInputStream in;
  private final OutputStream out;

  private RawSite(SSLSocket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /** Connects as docs/protocol.md says; no hello yet. */
  static RawSite connect(int port, Path certificates, String protocol)
      throws IOException, GeneralSecurityException {
    TlsMaterial material = TlsMaterial.loadSite(certificates, Clock.systemUTC());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "site", material.key(), new char[0], material.chain().toArray(new Certificate[0]));
    keys.setCertificateEntry(CertificateFiles.ROOT, material.root());
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(keys, new char[0]);
    TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
    trusted.init(keys);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("localhost", port);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {protocol});
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return new RawSite(socket);
  }

  /** Sends bytes as they are. */
  void send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /** Sends a frame: its length, its kind, its payload. */
  void send(int kind, byte[] payload) throws IOException {
    send(
        ByteBuffer.allocate(5 + payload.length)
            .putInt(payload.length)
            .put((byte) kind)
            .put(payload)
            .array());
  }

  void send(Envelope message) throws IOException {
    send(CONTROL, message.toByteArray());
  }

  /** Returns the next control message. */
  Envelope receive() throws IOException {
    int length = in.readInt();
    int kind = in.readUnsignedByte();
    if (kind != CONTROL || length < 0 || length > MAX_FRAME_BYTES) {
      throw new IOException("frame of kind " + kind + " and " + length + " bytes");
    }
    byte[] payload = new byte[length];
    in.readFully(payload);
    return Envelope.parseFrom(payload);
  }

  /** Whether the coordinator has closed the connection, and said no more. */
  boolean isAtItsEnd() throws IOException {
    try {
      return in.read() < 0;
    } catch (EOFException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
