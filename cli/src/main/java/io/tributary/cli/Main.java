package io.tributary.cli;

import io.tributary.common.config.UserErrorException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The {@code tributary} command: the one thing a user installs.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by policy. What the user can mend is
 * printed as one line; a stack trace means a defect of ours and goes to the log.
 */
@Command(
    name = "tributary",
    description = "Federated learning for the JVM: train together, keep the data at home.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "<noun> <verb>",
    subcommands = {
      CertsCommand.class,
      CoordinatorCommand.class,
      ClientCommand.class,
      JobCommand.class,
      LogCommand.class,
      GenerateCommand.class,
      ModelCommand.class,
      DemoCommand.class,
      SimulateCommand.class,
      SimulateFaultsCommand.class,
      BenchCommand.class,
      DoctorCommand.class
    })
public final class Main {
  /** What the log shows, unless it is set; see {@code logback.xml}. */
  private static final String LOG_LEVEL = "tributary.log.level";

  private Main() {}

  /** Runs one command and leaves with its exit code. */
  public static void main(String[] arguments) {
    if (arguments.length > 0 && arguments[0].equals("bench")) { // it kills what others warn of
      System.setProperty(LOG_LEVEL, System.getProperty(LOG_LEVEL, "ERROR"));
    }
    System.exit(run(commandLine(), arguments));
  }

  /** Asked for late: the first logger reads the level. */
  private static Logger log() {
    return LoggerFactory.getLogger(Main.class);
  }

  private static int run(CommandLine commandLine, String[] arguments) {
    try {
      return commandLine.execute(arguments);
    } catch (OutOfMemoryError e) {
      commandLine
          .getErr()
          .println(
              "tributary: out of memory ("
                  + e.getMessage()
                  + "): give more by TRIBUTARY_JAVA_OPTS=-Xmx… or TRIBUTARY_MEMORY");
    } catch (LinkageError e) {
      commandLine
          .getErr()
          .println(
              "tributary: a library cannot be loaded ("
                  + e
                  + "): `tributary doctor` says what this machine lacks");
    }
    return UserErrorException.Kind.FAILED.exitCode();
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(Main::explain)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static int explain(
      Exception exception, CommandLine commandLine, CommandLine.ParseResult parsed) {
    if (exception instanceof UserErrorException error) {
      commandLine.getErr().println("tributary: " + error.getMessage());
      log().debug("the cause", error);
      return error.kind().exitCode();
    }
    log()
        .error("unexpected failure of {}", commandLine.getCommandSpec().qualifiedName(), exception);
    commandLine
        .getErr()
        .println(
            "tributary: unexpected failure ("
                + exception
                + "): this is a defect; please report it with the log above");
    return UserErrorException.Kind.FAILED.exitCode();
  }
}
