package io.tributary.client;

import io.tributary.client.data.DataSource;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.CertificateFiles;
import java.nio.file.Path;
import java.util.List;

/**
 * The configuration of a site agent, read whole and checked whole before anything starts.
 *
 * <pre>{@code
 * coordinator: {host: federation.example.org, port: 7443}
 * tls: {certificate: site.pem, key: site.key, ca: ca.pem}
 * home: state          # this process's own directory
 * data: texts          # a directory of UTF-8 text files, or what docs/data.md says
 * tokenizer: tokenizer.json                # optional: for jobs that are not byte-level
 * policy: {max-model-bytes: 1073741824, max-steps-per-task: 10000000}   # optional
 * training: {steps: 50}                    # optional, if the job leaves the number to its sites
 * reconnect: {first-millis: 500, longest-millis: 30000}                 # optional
 * trainers: [{program: net.json, kind: multi-layer-network, data: {path: numbers.csv}}]  # optional
 * }</pre>
 *
 * <p>Paths are relative to the directory of the file. The site's name is not here: it is what the
 * certificate says.
 *
 * @param coordinator where to connect
 * @param tls this site's certificate and key, and the root it trusts
 * @param home state directory of this process alone
 * @param data where the site's texts are, and in what shape; a file must state it unless it names
 *     trainers, a program whose trainers bring their own data need not
 * @param policy what a coordinator may ask of this site
 * @param reconnect how the site waits between attempts to connect
 * @param training what the site chooses of its own training
 * @param tokenizer a Hugging Face {@code tokenizer.json} on this site's disk; null for bytes alone
 * @param trainers of networks that are not of the family
 */
public record SiteConfig(
    Coordinator coordinator,
    Tls tls,
    String home,
    DataSource data,
    SitePolicy policy,
    ReconnectBounds reconnect,
    SiteTraining training,
    String tokenizer,
    List<TrainerRules> trainers) {
  private static final int MAX_TRAINERS = 64;

  /** Reads texts as bytes. */
  public SiteConfig(
      Coordinator coordinator,
      Tls tls,
      String home,
      DataSource data,
      SitePolicy policy,
      ReconnectBounds reconnect,
      SiteTraining training) {
    this(coordinator, tls, home, data, policy, reconnect, training, null, null);
  }

  /** Trains as jobs say. */
  public SiteConfig(
      Coordinator coordinator,
      Tls tls,
      String home,
      DataSource data,
      SitePolicy policy,
      ReconnectBounds reconnect) {
    this(coordinator, tls, home, data, policy, reconnect, null);
  }

  /**
   * Where the coordinator listens.
   *
   * @param host name or address; must stand in the coordinator's certificate
   * @param port 1 to 65535
   */
  public record Coordinator(String host, Integer port) {
    private static final int MAX_HOST_CHARACTERS = 253;
    private static final int MAX_PORT = 65_535;

    /** Checks both. */
    public Coordinator {
      required("coordinator.host", host);
      if (host.length() > MAX_HOST_CHARACTERS || host.chars().anyMatch(c -> c <= ' ' || c == '/')) {
        throw new IllegalArgumentException(
            "coordinator.host is "
                + host
                + " but must be a host name or an address, without scheme or port");
      }
      required("coordinator.port", port);
      if (port < 1 || port > MAX_PORT) {
        throw new IllegalArgumentException(
            "coordinator.port is " + port + " but must be 1 to " + MAX_PORT);
      }
    }
  }

  /**
   * The PEM files of this site.
   *
   * @param certificate issued for this site by the federation's root
   * @param key its private key
   * @param ca the federation's root
   */
  public record Tls(String certificate, String key, String ca) {
    /** The files of a directory that {@code tributary certs issue} made. */
    public static Tls in(Path directory) {
      return new Tls(
          directory.resolve(CertificateFiles.SITE).toString(),
          directory.resolve(CertificateFiles.SITE_KEY).toString(),
          directory.resolve(CertificateFiles.ROOT).toString());
    }

    /** Checks that all are named. */
    public Tls {
      required("tls.certificate", certificate);
      required("tls.key", key);
      required("tls.ca", ca);
    }
  }

  /** Fills defaults and checks that everything is there. */
  public SiteConfig {
    required("coordinator", coordinator);
    required("tls", tls);
    required("home", home);
    trainers = trainers == null ? List.of() : List.copyOf(trainers);
    if (trainers.size() > MAX_TRAINERS) {
      throw new IllegalArgumentException(
          "trainers has " + trainers.size() + " entries but at most " + MAX_TRAINERS + " are used");
    }
    policy = policy == null ? SitePolicy.DEFAULT : policy;
    reconnect = reconnect == null ? ReconnectBounds.DEFAULT : reconnect;
    training = training == null ? SiteTraining.AS_THE_JOB_SAYS : training;
    if (tokenizer != null && tokenizer.isBlank()) {
      throw new IllegalArgumentException(
          "tokenizer is empty: name a tokenizer.json, or leave it out for jobs that read bytes");
    }
  }

  /**
   * A site in a program that brings its own trainers, beside its coordinator on this machine.
   *
   * @param port of the coordinator
   * @param certificates directory of the site's certificate, its key and the root
   * @param home state directory of this site alone
   */
  public static SiteConfig local(int port, Path certificates, Path home) {
    return new SiteConfig(
        new Coordinator("127.0.0.1", port),
        Tls.in(certificates),
        home.toString(),
        null,
        null,
        null);
  }

  /**
   * Reads a site's YAML file; the paths in the result are absolute.
   *
   * @throws io.tributary.common.config.UserErrorException naming file, key, value and what to do
   */
  public static SiteConfig read(Path file) {
    SiteConfig stated = ConfigReader.readYaml(file, SiteConfig.class);
    if (stated.data() == null && stated.trainers().isEmpty()) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE, file + ": data is missing: the site's file must state it");
    }
    return stated.resolvedAgainst(file.toAbsolutePath().normalize().getParent());
  }

  /** {@link #home} as a path. */
  public Path homePath() {
    return Path.of(home);
  }

  /** {@link #tokenizer} as a path, or null. */
  public Path tokenizerPath() {
    return tokenizer == null ? null : Path.of(tokenizer);
  }

  private SiteConfig resolvedAgainst(Path directory) {
    return new SiteConfig(
        coordinator,
        new Tls(
            resolve(directory, tls.certificate()),
            resolve(directory, tls.key()),
            resolve(directory, tls.ca())),
        resolve(directory, home),
        data == null ? null : data.resolvedAgainst(directory),
        policy,
        reconnect,
        training,
        tokenizer == null ? null : resolve(directory, tokenizer),
        trainers.stream().map(trainer -> trainer.resolvedAgainst(directory)).toList());
  }

  private static String resolve(Path directory, String path) {
    return directory.resolve(path).normalize().toString();
  }

  private static void required(String key, Object value) {
    if (value == null || (value instanceof String text && text.isBlank())) {
      throw new IllegalArgumentException(key + " is missing: the site's file must state it");
    }
  }
}
