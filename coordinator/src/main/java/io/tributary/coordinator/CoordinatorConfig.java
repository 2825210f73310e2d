package io.tributary.coordinator;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.CertificateFiles;
import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.job.Pace;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * How a coordinator process runs; what it trains is the job's business. Read from YAML by the
 * strict reader, relative paths being relative to the file.
 *
 * @param listen where sites connect
 * @param home state directory
 * @param tls who the coordinator is and whom it trusts
 * @param admin where the admin API listens, always on loopback
 * @param limits bounds that deployments may change
 * @param spool what happens to updates on disk
 */
public record CoordinatorConfig(
    Listen listen, String home, TlsFiles tls, Admin admin, Limits limits, Spool spool) {

  /** Checks presence and fills defaults. */
  public CoordinatorConfig {
    listen = listen == null ? new Listen(null, null) : listen;
    required("home", home);
    required("tls", tls);
    admin = admin == null ? new Admin(null) : admin;
    limits = limits == null ? Limits.DEFAULT : limits;
    spool = spool == null ? Spool.DEFAULT : spool;
  }

  /**
   * Where sites connect.
   *
   * @param host address to listen on; default 0.0.0.0
   * @param port default 7443; 0 takes a free one, see {@code endpoint.json} in the home
   */
  public record Listen(String host, Integer port) {
    /** Fills defaults and checks the port. */
    public Listen {
      host = host == null ? "0.0.0.0" : host;
      port = port == null ? 7443 : port;
      range("listen.port", port, 0, 65_535);
    }
  }

  /**
   * TLS files: either a directory of {@code tributary certs init}, or three files and, if they do
   * not stand beside the certificate, those of the receipt signer.
   *
   * @param directory with the certificates and keys of coordinator and receipt signer and the root
   * @param certificate the coordinator's certificate chain, PEM
   * @param key its private key, PEM
   * @param ca the root that sites' certificates must come from, PEM
   * @param receiptsCertificate the receipt signer's certificate, PEM; default: {@code receipts.pem}
   *     beside the certificate
   * @param receiptsKey its private key, PEM; default: {@code receipts-key.pem} beside the
   *     certificate
   */
  public record TlsFiles(
      String directory,
      String certificate,
      String key,
      String ca,
      String receiptsCertificate,
      String receiptsKey) {
    /** The files of a directory that {@code tributary certs init} made. */
    public static TlsFiles in(String directory) {
      return new TlsFiles(directory, null, null, null, null, null);
    }

    /** Checks that exactly one form is stated, and whole. */
    public TlsFiles {
      boolean any = certificate != null || key != null || ca != null;
      boolean all = certificate != null && key != null && ca != null;
      if (directory == null ? !all : any) {
        throw new IllegalArgumentException(
            "tls needs either tls.directory, or tls.certificate, tls.key and tls.ca");
      }
      if ((receiptsCertificate == null) != (receiptsKey == null)
          || (directory != null && receiptsKey != null)) {
        throw new IllegalArgumentException(
            "tls.receipts-certificate and tls.receipts-key go together, with tls.certificate: leave"
                + " both out if receipts.pem and receipts-key.pem stand beside the certificate, and"
                + " with tls.directory");
      }
    }

    /** The receipt signer's certificate. */
    Path receiptsCertificateFile() {
      return receiptsCertificate != null
          ? Path.of(receiptsCertificate)
          : beside(CertificateFiles.RECEIPTS);
    }

    /** The receipt signer's private key. */
    Path receiptsKeyFile() {
      return receiptsKey != null ? Path.of(receiptsKey) : beside(CertificateFiles.RECEIPTS_KEY);
    }

    /** The federation's root. */
    Path rootFile() {
      return ca != null ? Path.of(ca) : Path.of(directory).resolve(CertificateFiles.ROOT);
    }

    private Path beside(String name) {
      return directory != null
          ? Path.of(directory).resolve(name)
          : Path.of(certificate).resolveSibling(name);
    }
  }

  /**
   * The admin API.
   *
   * @param port on loopback; default 7444; 0 takes a free one
   */
  public record Admin(Integer port) {
    /** Fills the default and checks the port. */
    public Admin {
      port = port == null ? 7444 : port;
      range("admin.port", port, 0, 65_535);
    }
  }

  /**
   * Bounds.
   *
   * @param maxConnections most sites connected at once; default 4096
   * @param maxBlobBytes largest model or update; default 8 GiB
   * @param idleTimeoutMillis a site that sends nothing for so long is gone; default 30 seconds
   * @param retryPauseMillis pause before an aborted round's next attempt; default 1 second
   * @param aggregationLimitMillis longest time to fold and publish; default 1 hour
   * @param maxRunningJobs most jobs that run side by side; default 1
   * @param maxQueuedJobs most jobs that wait; default 100
   */
  public record Limits(
      Integer maxConnections,
      Long maxBlobBytes,
      Long idleTimeoutMillis,
      Long retryPauseMillis,
      Long aggregationLimitMillis,
      Integer maxRunningJobs,
      Integer maxQueuedJobs) {
    /** One job at a time. */
    public static final int DEFAULT_RUNNING_JOBS = 1;

    /** Jobs that wait unless stated otherwise. */
    public static final int DEFAULT_QUEUED_JOBS = 100;

    /** Most jobs side by side: each holds a model's accumulators while it folds. */
    public static final int MOST_RUNNING_JOBS = 8;

    private static final int MOST_QUEUED_JOBS = 10_000;

    /** Nothing stated. */
    public static final Limits DEFAULT = new Limits(null, null, null, null, null, null, null);

    private static final int HEARTBEATS_PER_TIMEOUT = 6;

    /** Fills defaults and checks every bound. */
    public Limits {
      WireLimits wire = WireLimits.DEFAULT;
      maxConnections = maxConnections == null ? wire.maxConnections() : maxConnections;
      range("limits.max-connections", maxConnections, 1, 65_536);
      maxBlobBytes = maxBlobBytes == null ? wire.maxBlobBytes() : maxBlobBytes;
      range("limits.max-blob-bytes", maxBlobBytes, 1, 1L << 40);
      idleTimeoutMillis = idleTimeoutMillis == null ? wire.idleTimeoutMillis() : idleTimeoutMillis;
      range("limits.idle-timeout-millis", idleTimeoutMillis, 1_000, 600_000);
      retryPauseMillis =
          retryPauseMillis == null ? Pace.DEFAULT.retryPauseMillis() : retryPauseMillis;
      range("limits.retry-pause-millis", retryPauseMillis, 0, 3_600_000);
      aggregationLimitMillis =
          aggregationLimitMillis == null
              ? Pace.DEFAULT.aggregationLimitMillis()
              : aggregationLimitMillis;
      range("limits.aggregation-limit-millis", aggregationLimitMillis, 1_000, 7L * 86_400_000);
      maxRunningJobs = maxRunningJobs == null ? DEFAULT_RUNNING_JOBS : maxRunningJobs;
      range("limits.max-running-jobs", maxRunningJobs, 1, MOST_RUNNING_JOBS);
      maxQueuedJobs = maxQueuedJobs == null ? DEFAULT_QUEUED_JOBS : maxQueuedJobs;
      range("limits.max-queued-jobs", maxQueuedJobs, 1, MOST_QUEUED_JOBS);
    }

    /** The wire's bounds with these in place of its own. */
    public WireLimits wire() {
      WireLimits wire = WireLimits.DEFAULT;
      return new WireLimits(
          wire.maxControlFrameBytes(),
          wire.maxHelloFrameBytes(),
          wire.chunkBytes(),
          wire.maxChunkBytes(),
          maxBlobBytes,
          wire.maxChunksPerBlob(),
          wire.handshakeTimeoutMillis(),
          Math.min(wire.heartbeatIntervalMillis(), idleTimeoutMillis / HEARTBEATS_PER_TIMEOUT),
          idleTimeoutMillis,
          wire.closeTimeoutMillis(),
          wire.outboundHighWaterBytes(),
          wire.outboundLowWaterBytes(),
          wire.maxPendingControlBytes(),
          wire.maxTransfersPerConnection(),
          maxConnections,
          Math.min(wire.maxConcurrentHandshakes(), maxConnections));
    }

    /** The job's pace with these in place of its own. */
    public Pace pace() {
      return new Pace(Pace.DEFAULT.gatherMillis(), retryPauseMillis, aggregationLimitMillis);
    }
  }

  /**
   * What happens to updates on disk.
   *
   * @param keep whether the updates of published rounds are kept, for {@code tributary log replay};
   *     default: they are erased
   * @param encrypt whether updates on disk are encrypted, with a key of their round's own that is
   *     destroyed with the round; default: they are not
   * @param wrappingKey file of the key that the rounds' keys are wrapped with; {@code tributary
   *     coordinator new-wrapping-key} makes one
   */
  public record Spool(Boolean keep, Boolean encrypt, String wrappingKey) {
    /** Erased with their round, not encrypted. */
    public static final Spool DEFAULT = new Spool(null, null, null);

    /** Fills defaults and checks that a key is stated exactly when one is needed. */
    public Spool {
      keep = keep != null && keep;
      encrypt = encrypt != null && encrypt;
      if (encrypt && wrappingKey == null) {
        throw new IllegalArgumentException(
            "spool.encrypt is true but spool.wrapping-key is missing: make one with `tributary"
                + " coordinator new-wrapping-key --out FILE` and state FILE");
      }
      if (!encrypt && wrappingKey != null) {
        throw new IllegalArgumentException(
            "spool.wrapping-key is stated but spool.encrypt is not true: state both or neither");
      }
    }
  }

  /**
   * A coordinator in a program of one's own, on free ports of loopback.
   *
   * @param certificates directory that {@code tributary certs init} or its library made
   * @param home state directory
   */
  public static CoordinatorConfig local(Path certificates, Path home) {
    return new CoordinatorConfig(
        new Listen("127.0.0.1", 0),
        home.toString(),
        TlsFiles.in(certificates.toString()),
        new Admin(0),
        null,
        null);
  }

  /** The same, keeping the updates of published rounds. */
  public CoordinatorConfig withKeptSpools() {
    return new CoordinatorConfig(
        listen, home, tls, admin, limits, new Spool(true, spool.encrypt(), spool.wrappingKey()));
  }

  /**
   * Reads a configuration file.
   *
   * @throws io.tributary.common.config.UserErrorException naming file, key, value and what to do
   */
  public static CoordinatorConfig read(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    CoordinatorConfig stated = ConfigReader.readYaml(file, CoordinatorConfig.class);
    try {
      return stated.resolvedAgainst(folder);
    } catch (IllegalArgumentException e) {
      throw new UserErrorException(UserErrorException.Kind.USAGE, file + ": " + e.getMessage(), e);
    }
  }

  private CoordinatorConfig resolvedAgainst(Path folder) {
    TlsFiles resolved =
        new TlsFiles(
            resolve("tls.directory", folder, tls.directory()),
            resolve("tls.certificate", folder, tls.certificate()),
            resolve("tls.key", folder, tls.key()),
            resolve("tls.ca", folder, tls.ca()),
            resolve("tls.receipts-certificate", folder, tls.receiptsCertificate()),
            resolve("tls.receipts-key", folder, tls.receiptsKey()));
    return new CoordinatorConfig(
        listen,
        resolve("home", folder, home),
        resolved,
        admin,
        limits,
        new Spool(
            spool.keep(),
            spool.encrypt(),
            resolve("spool.wrapping-key", folder, spool.wrappingKey())));
  }

  private static String resolve(String key, Path folder, String path) {
    try {
      return path == null ? null : folder.resolve(path).normalize().toString();
    } catch (InvalidPathException e) {
      // Its own message would repeat the very characters that no path may have.
      throw new IllegalArgumentException(
          key + " is not a path (" + e.getReason() + "): state one without that", e);
    }
  }

  private static void required(String key, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(key + " is missing: the configuration must state it");
    }
  }

  private static void range(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          key + " is " + value + " but must be " + least + " to " + most);
    }
  }
}
