package io.tributary.client.process;

import io.tributary.common.config.UserErrorException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * How a trainer's process is started: a program of the site's own choosing with its arguments, as
 * they stand, without a shell, in the directory of the site's file. Of the site's environment it
 * gets {@link #PASSED_ON} and what the site's file states, so that no secret of the site's process
 * travels along.
 *
 * @param arguments the program and what it is told; the program's path is absolute
 * @param directory where it runs
 * @param environment all variables that it gets
 */
public record ProcessCommand(
    List<String> arguments, Path directory, Map<String, String> environment) {
  /** Variables of the site's own environment that it gets, if they are set. */
  static final Set<String> PASSED_ON =
      Set.of(
          "PATH",
          "HOME",
          "USER",
          "LANG",
          "LC_ALL",
          "LC_CTYPE",
          "TZ",
          "TMPDIR",
          "TEMP",
          "TMP",
          "SystemRoot");

  private static final int MAX_ARGUMENTS = 256;
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

  /** Copies the parts. */
  public ProcessCommand {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
  }

  /**
   * Finds the program.
   *
   * @param stated the program and its arguments; a program with a slash is a path from {@code
   *     directory}, one without is looked up in PATH
   * @param added variables of the site's file
   * @param own the environment of the site's process
   * @throws UserErrorException if there is no such program
   */
  public static ProcessCommand of(
      List<String> stated, Path directory, Map<String, String> added, Map<String, String> own) {
    if (stated.isEmpty() || stated.size() > MAX_ARGUMENTS || stated.get(0).isBlank()) {
      throw usage(
          "command has "
              + stated.size()
              + " words but needs 1 to "
              + MAX_ARGUMENTS
              + ": the program and what it is told");
    }
    Map<String, String> environment = new TreeMap<>(own);
    environment.keySet().retainAll(PASSED_ON);
    for (Map.Entry<String, String> variable : added.entrySet()) {
      if (!VARIABLE.matcher(variable.getKey()).matches() || variable.getValue() == null) {
        throw usage(
            "environment has "
                + variable.getKey()
                + ": a variable is letters, digits and _ with a text as its value");
      }
      environment.put(variable.getKey(), variable.getValue());
    }
    List<String> arguments = new ArrayList<>(stated);
    arguments.set(0, program(stated.get(0), directory, own.getOrDefault("PATH", "")).toString());
    return new ProcessCommand(arguments, directory, environment);
  }

  private static Path program(String name, Path directory, String path) {
    if (name.contains("/") || name.contains(File.separator)) {
      Path program = directory.resolve(name).normalize();
      if (Files.isExecutable(program) && !Files.isDirectory(program)) {
        return program;
      }
      throw usage(
          "command names the program " + program + " but there is no file that may be run there");
    }
    for (String folder : path.split(Pattern.quote(File.pathSeparator), -1)) {
      for (String ending : File.separatorChar == '\\' ? List.of(".exe", "") : List.of("")) {
        Path program = Path.of(folder).resolve(name + ending).toAbsolutePath();
        if (!folder.isEmpty() && Files.isExecutable(program) && !Files.isDirectory(program)) {
          return program;
        }
      }
    }
    throw usage(
        "command names the program "
            + name
            + " but none is found along PATH: install it, or give its path");
  }

  /** Ready to start within a bound of memory. */
  ProcessBuilder builder(long memoryBytes) {
    ProcessBuilder builder = new ProcessBuilder(MemoryBound.bounded(arguments, memoryBytes));
    builder.directory(directory.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder;
  }

  private static UserErrorException usage(String message) {
    return new UserErrorException(UserErrorException.Kind.USAGE, message);
  }
}
