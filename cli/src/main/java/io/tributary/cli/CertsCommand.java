package io.tributary.cli;

import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.common.tls.SiteName;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tributary certs}: a federation's own certificates, made on one machine. */
@Command(
    name = "certs",
    description = "Make the certificates of a federation.",
    mixinStandardHelpOptions = true,
    subcommands = {CertsCommand.Init.class, CertsCommand.Issue.class})
final class CertsCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }

  /** {@code certs init}. */
  @Command(
      name = "init",
      description = "Make a root, the coordinator's certificate and the receipt signer's.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Example: a coordinator that sites reach as fed.example.org:",
        "  tributary certs init --dir pki --host fed.example.org"
      })
  static final class Init implements Runnable {
    @Spec private CommandSpec spec;

    @Option(names = "--dir", required = true, description = "Directory of the authority.")
    private Path directory;

    @Option(
        names = "--host",
        description =
            "Name or address by which sites reach the coordinator; may be repeated. Default:"
                + " localhost, 127.0.0.1, ::1.")
    private List<String> hosts;

    @Option(names = "--days", description = "Validity of the coordinator's and signer's.")
    private Integer days;

    @Option(names = "--force", description = "Replace files that are there.")
    private boolean force;

    @Override
    public void run() {
      HostNames names = Usage.checked(() -> hosts == null ? HostNames.LOCAL : new HostNames(hosts));
      List<Path> written = authority(directory, days).init(names, force);
      report(spec, written);
    }
  }

  /** {@code certs issue}. */
  @Command(
      name = "issue",
      description = "Make a site's certificate; its identity is the site's name.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Example: the directory to hand to site mercy, into pki/sites/mercy:",
        "  tributary certs issue --dir pki --site mercy"
      })
  static final class Issue implements Runnable {
    @Spec private CommandSpec spec;

    @Option(names = "--dir", required = true, description = "Directory of the authority.")
    private Path directory;

    @Option(names = "--site", required = true, description = "Name of the site.")
    private String site;

    @Option(names = "--out", description = "Where the site's files go. Default: DIR/sites/SITE.")
    private Path out;

    @Option(names = "--days", description = "Validity.")
    private Integer days;

    @Option(names = "--force", description = "Replace files that are there.")
    private boolean force;

    @Override
    public void run() {
      SiteName name = Usage.checked(() -> new SiteName(site));
      CertificateAuthority authority = authority(directory, days);
      report(
          spec,
          out == null ? authority.issueSite(name, force) : authority.issueSite(name, out, force));
    }
  }

  private static CertificateAuthority authority(Path directory, Integer days) {
    Validity validity =
        Usage.checked(
            () ->
                days == null
                    ? Validity.DEFAULT
                    : new Validity(Validity.DEFAULT.root(), Duration.ofDays(days)));
    return new CertificateAuthority(directory, Clock.systemUTC(), validity);
  }

  private static void report(CommandSpec spec, List<Path> written) {
    CommandLine commandLine = spec.commandLine();
    written.forEach(file -> commandLine.getOut().println(file));
    commandLine.getOut().flush();
  }
}
