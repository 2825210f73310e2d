package io.tributary.coordinator.store;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.SpoolCipher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The keys of one run's spools: one of a round, wrapped in {@code keys/ROUND.key} until the round
 * is over, and from it one of an upload.
 *
 * <p>An upload's key is derived from everything that tells its content from another's, its
 * manifest's digest included: a site that offers something else for the same task gets another key,
 * so no two contents ever meet the same key stream. Safe for use by several threads.
 */
final class RoundKeys {
  private static final String SUFFIX = ".key";
  private static final String KEPT = "round" + SUFFIX;
  private static final String WRAP_LABEL = "tributary spool round key v1";
  private static final String UPLOAD_LABEL = "tributary spool upload key v1";

  private final Path directory;
  private final String runId;
  private final SpoolEncryption encryption;
  private final Map<Integer, byte[]> open = new HashMap<>(); // guarded by this

  RoundKeys(Path directory, String runId, SpoolEncryption encryption) {
    this.directory = directory;
    this.runId = runId;
    this.encryption = encryption;
  }

  /** Where the key of an open round is. */
  Path file(int round) {
    return directory.resolve(round + SUFFIX);
  }

  /** The cipher of an upload that is being received; a round's first upload makes its key. */
  synchronized SpoolCipher forWriting(int round, int attempt, SiteName site, Digest manifest)
      throws IOException {
    if (encryption.enabled() && !open.containsKey(round) && !Files.exists(file(round))) {
      byte[] key = encryption.newRoundKey();
      // Durable before the first enciphered byte: a spool never outlives its key.
      DurableFiles.writeOwnerOnly(file(round), encryption.wrap(key, label(round)));
      open.put(round, key);
    }
    return forReading(round, attempt, site, manifest);
  }

  /**
   * The cipher of an upload that was received.
   *
   * @throws UserErrorException when the round's key is missing or does not open
   */
  synchronized SpoolCipher forReading(int round, int attempt, SiteName site, Digest manifest)
      throws IOException {
    return encryption.enabled()
        ? upload(load(round), round, attempt, site, manifest)
        : SpoolCipher.NONE;
  }

  /**
   * Finds out whether updates that a round has committed can be read with this configuration.
   *
   * @throws UserErrorException when they were enciphered and are not to be, or the other way round,
   *     or the wrapping key is not theirs
   */
  void requireReadable(int round) throws IOException {
    boolean there = Files.exists(file(round));
    if (encryption.enabled()) {
      byte[] unusedKey = load(round);
    } else if (there) {
      throw new UserErrorException(
          Kind.REFUSED,
          "round "
              + round
              + " of "
              + runId
              + " was begun with enciphered spools ("
              + file(round)
              + " exists): start with spool.encrypt and the same wrapping key until the round is"
              + " over; nothing was deleted");
    }
  }

  private synchronized byte[] load(int round) throws IOException {
    byte[] key = open.get(round);
    if (key == null) {
      if (!Files.exists(file(round))) {
        throw new UserErrorException(
            Kind.REFUSED,
            "the key of round "
                + round
                + " of "
                + runId
                + " is missing ("
                + file(round)
                + "): put the file back from a backup. If spools were not enciphered when the round"
                + " began, start without spool.encrypt until it is over. Nothing was deleted");
      }
      // Whoever made it may have been killed before its name was durable.
      DurableFiles.syncDirectory(directory);
      key = encryption.unwrap(Files.readAllBytes(file(round)), label(round), file(round));
      open.put(round, key);
    }
    return key;
  }

  /** Rounds of which there is a key file. */
  SortedSet<Integer> rounds() throws IOException {
    return rounds("");
  }

  /** The rounds of which a killed process has left a key without a name. */
  SortedSet<Integer> unnamedRounds() throws IOException {
    return rounds("\\..*\\" + DurableFiles.TEMPORARY_SUFFIX);
  }

  private SortedSet<Integer> rounds(String ending) throws IOException {
    SortedSet<Integer> rounds = new TreeSet<>();
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString();
          if (name.matches("[0-9]{1,9}\\" + SUFFIX + ending)) {
            rounds.add(Integer.parseInt(name.substring(0, name.indexOf(SUFFIX))));
          }
        }
      }
    }
    return rounds;
  }

  /** Makes a round's spools unreadable for good. Harmless when it has no key. */
  synchronized void destroy(int round) throws IOException {
    forget(round);
    if (Files.exists(file(round))) {
      destroy(file(round));
    }
    destroyUnnamed(round);
  }

  /** Keys that a killed process was about to name: nothing was ever enciphered with them. */
  private void destroyUnnamed(int round) throws IOException {
    if (Files.isDirectory(directory)) {
      String unnamed = round + SUFFIX + ".*" + DurableFiles.TEMPORARY_SUFFIX;
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, unnamed)) {
        for (Path file : files) {
          destroy(file);
        }
      }
    }
  }

  private void destroy(Path file) throws IOException {
    overwrite(file);
    Files.delete(file);
    DurableFiles.syncDirectory(directory);
  }

  /** Moves a round's wrapped key beside its kept spools. Harmless when it has none. */
  synchronized void keep(int round, Path keptDirectory) throws IOException {
    forget(round);
    if (Files.exists(file(round))) {
      Files.move(file(round), keptDirectory.resolve(KEPT), StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.syncDirectory(keptDirectory);
      DurableFiles.syncDirectory(directory);
    }
    destroyUnnamed(round);
  }

  /** Forgets all keys; the files stay. */
  synchronized void close() {
    for (int round : new TreeSet<>(open.keySet())) {
      forget(round);
    }
  }

  private void forget(int round) {
    byte[] key = open.remove(round);
    if (key != null) {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** Where the disk allows it; a key on flash or a snapshot is still wrapped. */
  private static void overwrite(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(channel.size(), 1 << 16));
      while (zeros.hasRemaining()) {
        channel.write(zeros, zeros.position());
      }
      channel.force(true);
    }
  }

  /** The cipher of a kept upload. */
  static SpoolCipher ofKept(
      SpoolEncryption encryption,
      Path keptDirectory,
      String runId,
      int round,
      int attempt,
      SiteName site,
      Digest manifest)
      throws IOException {
    Path file = keptDirectory.resolve(KEPT);
    if (!Files.exists(file)) {
      return SpoolCipher.NONE;
    }
    if (!encryption.enabled()) {
      throw new UserErrorException(
          Kind.REFUSED,
          "the kept updates of round "
              + round
              + " are enciphered ("
              + file
              + " exists): name the wrapping key");
    }
    RoundKeys keys = new RoundKeys(keptDirectory, runId, encryption);
    byte[] key = encryption.unwrap(Files.readAllBytes(file), keys.label(round), file);
    return keys.upload(key, round, attempt, site, manifest);
  }

  private SpoolCipher upload(
      byte[] roundKey, int round, int attempt, SiteName site, Digest manifest) {
    String info =
        String.join(
            "|", // in none of the parts
            UPLOAD_LABEL,
            runId,
            Integer.toString(round),
            Integer.toString(attempt),
            site.value(),
            manifest.hex());
    byte[] key =
        Hkdf.derive(
            roundKey, new byte[0], info.getBytes(StandardCharsets.UTF_8), AesCtrCipher.KEY_BYTES);
    AesCtrCipher cipher = new AesCtrCipher(key);
    Arrays.fill(key, (byte) 0);
    return cipher;
  }

  private String label(int round) {
    return WRAP_LABEL + "|" + runId + "|" + round;
  }
}
