package io.tributary.cli;

import io.tributary.common.config.UserErrorException;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** The sentences in which commands refuse wrong usage. */
final class Usage {
  private Usage() {}

  /** A noun was given without a verb. */
  static CommandLine.ParameterException verbMissing(CommandSpec spec) {
    return new CommandLine.ParameterException(
        spec.commandLine(),
        "Which of "
            + String.join(", ", spec.subcommands().keySet())
            + "? See "
            + spec.qualifiedName()
            + " --help");
  }

  /** A value that a record refuses is wrong usage, in the record's own words. */
  static <T> T checked(Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw new UserErrorException(UserErrorException.Kind.USAGE, e.getMessage(), e);
    }
  }

  /** Checks a number that was given on the command line. */
  static void requireRange(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          option + " is " + value + " but must be " + least + " to " + most);
    }
  }
}
