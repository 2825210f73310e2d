package io.tributary.simulation;

import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tls.CertificateFiles;
import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.store.CoordinatorHome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files of a federation on this machine: an authority, a job, a configuration and a directory
 * for each process, and each site's private text.
 *
 * <pre>
 *   HOME/certs/…              the authority ({@link CertificateAuthority})
 *       /job.yaml
 *       /coordinator/coordinator.yaml  home/  log
 *       /sites/NAME/site.yaml  data/…  home/  log
 * </pre>
 */
public final class FederationHome {
  private final Path directory;
  private final List<String> sites;

  private FederationHome(Path directory, List<String> sites) {
    this.directory = directory;
    this.sites = List.copyOf(sites);
  }

  /**
   * Writes everything.
   *
   * @param directory an empty or missing directory
   * @param texts each site's private text by the site's name
   * @param port where the coordinator will listen
   */
  public static FederationHome create(
      Path directory, JobSpec job, Map<String, byte[]> texts, int port, Clock clock)
      throws IOException {
    Map<String, SiteFiles> files = new LinkedHashMap<>();
    texts.forEach((name, text) -> files.put(name, SiteFiles.ofText(text)));
    return createWith(directory, job, files, port, clock);
  }

  /**
   * Writes everything.
   *
   * @param directory an empty or missing directory
   * @param sites each site's own files by the site's name
   * @param port where the coordinator will listen
   */
  public static FederationHome createWith(
      Path directory, JobSpec job, Map<String, SiteFiles> sites, int port, Clock clock)
      throws IOException {
    FederationHome home = new FederationHome(directory, List.copyOf(sites.keySet()));
    Files.createDirectories(directory);
    CertificateAuthority authority =
        new CertificateAuthority(home.certificates(), clock, Validity.DEFAULT);
    authority.init(HostNames.LOCAL, false);
    write(home.job(), ConfigReader.toYaml(job));

    Map<String, Object> coordinator = new LinkedHashMap<>();
    coordinator.put("listen", Map.of("host", "127.0.0.1", "port", port));
    coordinator.put("admin", Map.of("port", 0)); // found by the home
    coordinator.put("home", "home");
    coordinator.put(
        "tls",
        Map.of(
            "certificate", home.certificates().resolve(CertificateFiles.COORDINATOR).toString(),
            "key", home.certificates().resolve(CertificateFiles.COORDINATOR_KEY).toString(),
            "ca", home.certificates().resolve(CertificateFiles.ROOT).toString()));
    write(home.coordinatorConfig(), ConfigReader.toYaml(coordinator));

    for (Map.Entry<String, SiteFiles> site : sites.entrySet()) {
      home.createSite(authority, site.getKey(), site.getValue(), port);
    }
    return home;
  }

  private void createSite(CertificateAuthority authority, String name, SiteFiles files, int port)
      throws IOException {
    SiteName site = new SiteName(name);
    authority.issueSite(site, false);
    Path certificates = authority.siteDirectory(site);
    Path data = siteDirectory(name).resolve("data").resolve(files.fileName());
    Files.createDirectories(data.getParent());
    Files.write(data, files.content());
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("coordinator", Map.of("host", "127.0.0.1", "port", port));
    config.put("home", "home");
    if (files.reading().isEmpty()) {
      config.put("data", "data");
    } else {
      Map<String, Object> source = new LinkedHashMap<>(files.reading());
      source.put("path", "data");
      config.put("data", source);
    }
    config.put(
        "tls",
        Map.of(
            "certificate", certificates.resolve(CertificateFiles.SITE).toString(),
            "key", certificates.resolve(CertificateFiles.SITE_KEY).toString(),
            "ca", certificates.resolve(CertificateFiles.ROOT).toString()));
    if (files.tokenizer() != null) {
      config.put("tokenizer", files.tokenizer().toString());
    }
    config.put("reconnect", Map.of("first-millis", 200, "longest-millis", 2_000));
    write(siteConfig(name), ConfigReader.toYaml(config));
  }

  /**
   * What a site has of its own.
   *
   * @param fileName of its data
   * @param content of that file
   * @param reading how it is read: keys of a site's {@code data} beside the path; empty for text
   * @param tokenizer a {@code tokenizer.json}, or null for bytes alone
   */
  @SuppressWarnings("ArrayRecordComponent") // written, never compared
  public record SiteFiles(
      String fileName, byte[] content, Map<String, String> reading, Path tokenizer) {
    static SiteFiles ofText(byte[] text) {
      return new SiteFiles("text.txt", text, Map.of(), null);
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Names of all sites, in the order they were given. */
  public List<String> sites() {
    return sites;
  }

  /** The whole federation's directory. */
  public Path directory() {
    return directory;
  }

  /** The authority's directory. */
  public Path certificates() {
    return directory.resolve("certs");
  }

  /** The job's file. */
  public Path job() {
    return directory.resolve("job.yaml");
  }

  /** The coordinator's configuration. */
  public Path coordinatorConfig() {
    return directory.resolve("coordinator").resolve("coordinator.yaml");
  }

  /** The coordinator's state directory. */
  public Path coordinatorHome() {
    return directory.resolve("coordinator").resolve("home");
  }

  /** Where the coordinator keeps the files of the job's run. */
  public Path run() {
    return CoordinatorHome.run(coordinatorHome(), JobSpec.read(job()).name()).root();
  }

  /** A site's own directory. */
  public Path siteDirectory(String site) {
    return directory.resolve("sites").resolve(site);
  }

  /** A site's configuration. */
  public Path siteConfig(String site) {
    return siteDirectory(site).resolve("site.yaml");
  }

  /** The log of a site, of a host of several sites, or of the coordinator. */
  public Path log(String process) {
    if (process.equals(LocalFederation.COORDINATOR)) {
      return directory.resolve("coordinator").resolve("log");
    }
    return sites.contains(process)
        ? siteDirectory(process).resolve("log")
        : directory.resolve(process + ".log");
  }
}
