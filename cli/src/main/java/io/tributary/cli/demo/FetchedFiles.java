package io.tributary.cli.demo;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Files that a demo needs and does not bring: fetched by the package manager that has them, checked
 * by their SHA-256, and kept for the next time.
 */
final class FetchedFiles {
  private static final long LONGEST_FETCH_SECONDS = 600;
  private static final int MAX_QUOTED_CHARACTERS = 600;

  private final Path cache;

  /** Keeps files in the user's cache directory. */
  static FetchedFiles ofUser() {
    String base = System.getenv("XDG_CACHE_HOME");
    Path directory =
        base == null || base.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(base);
    return new FetchedFiles(directory.resolve("tributary"));
  }

  FetchedFiles(Path cache) {
    this.cache = cache;
  }

  /**
   * A file to fetch.
   *
   * @param what it is, for the user
   * @param name of the file that the command makes in the directory that it runs in
   * @param sha256 64 hexadecimal digits
   * @param command its words
   * @param instead what the user can do without it
   */
  record Wanted(String what, String name, String sha256, List<String> command, String instead) {}

  /**
   * The file, fetched if it is not here yet.
   *
   * @throws UserErrorException saying why it cannot be had and what to do
   */
  Path get(Wanted wanted) throws IOException, InterruptedException {
    Path file = cache.resolve(wanted.name());
    if (Files.isRegularFile(file) && sha256(file).equals(wanted.sha256())) {
      return file;
    }
    Files.createDirectories(cache);
    Path fresh = Files.createTempDirectory(cache, "fetch-");
    try {
      run(wanted, fresh);
      Path fetched = fresh.resolve(wanted.name());
      if (!Files.isRegularFile(fetched)) {
        throw failed(wanted, "it made no file " + wanted.name());
      }
      String sha256 = sha256(fetched);
      if (!sha256.equals(wanted.sha256())) {
        throw failed(
            wanted, "what came has the SHA-256 " + sha256 + " but must have " + wanted.sha256());
      }
      Files.move(
          fetched, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } finally {
      delete(fresh);
    }
  }

  private static void run(Wanted wanted, Path directory) throws IOException, InterruptedException {
    Path log = directory.resolve(".log");
    Process process;
    try {
      process =
          new ProcessBuilder(wanted.command())
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw failed(wanted, wanted.command().get(0) + " is not installed");
    }
    try {
      process.getOutputStream().close();
      if (!process.waitFor(LONGEST_FETCH_SECONDS, TimeUnit.SECONDS)) {
        throw failed(wanted, "it took more than " + LONGEST_FETCH_SECONDS + " s");
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      String said = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip();
      throw failed(wanted, said.substring(Math.max(0, said.length() - MAX_QUOTED_CHARACTERS)));
    }
  }

  private static UserErrorException failed(Wanted wanted, String why) {
    return new UserErrorException(
        UserErrorException.Kind.FAILED,
        wanted.what()
            + " cannot be fetched by '"
            + String.join(" ", wanted.command())
            + "': "
            + why
            + "\n"
            + wanted.instead());
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
