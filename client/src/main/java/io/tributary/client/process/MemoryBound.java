package io.tributary.client.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The memory that a trainer's process may have, as far as the system helps.
 *
 * <p>On Linux with util-linux's {@code prlimit}, each process of the tree gets RLIMIT_DATA before
 * its program starts: an allocation beyond it fails inside the process, which can say so. It bounds
 * writable private memory, not address space (RLIMIT_AS), of which a JVM or a graphics driver
 * reserves far more than it uses. On any Linux, the resident anonymous memory of the whole tree is
 * read from {@code /proc} and the tree is killed beyond the bound. Elsewhere nothing is bounded.
 */
final class MemoryBound {
  private static final Path PROC = Path.of("/proc");
  private static final List<Path> PRLIMIT =
      List.of(Path.of("/usr/bin/prlimit"), Path.of("/bin/prlimit"));
  private static final long KIB = 1024;

  private MemoryBound() {}

  /** The command that runs {@code command} within the bound. */
  static List<String> bounded(List<String> command, long bytes) {
    if (!watches()) {
      return command;
    }
    List<String> wrapped = new ArrayList<>();
    PRLIMIT.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .ifPresent(
            // A core dump would hold the site's data.
            prlimit ->
                wrapped.addAll(List.of(prlimit.toString(), "--core=0", "--data=" + bytes, "--")));
    wrapped.addAll(command);
    return List.copyOf(wrapped);
  }

  /** Whether this system tells how much memory a process holds. */
  static boolean watches() {
    return Files.isReadable(PROC.resolve("self").resolve("status"));
  }

  /** Resident bytes that the tree shares with no file; 0 where the system does not tell. */
  static long residentBytes(ProcessHandle root) {
    if (!watches()) {
      return 0;
    }
    return Stream.concat(Stream.of(root), root.descendants())
        .mapToLong(process -> residentBytes(process.pid()))
        .sum();
  }

  private static long residentBytes(long pid) {
    try {
      long kib = 0;
      Path status = PROC.resolve(Long.toString(pid)).resolve("status");
      for (String line : Files.readAllLines(status, StandardCharsets.ISO_8859_1)) {
        if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
          kib += Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
      return kib * KIB;
    } catch (IOException e) {
      return 0; // it has ended meanwhile
    }
  }
}
