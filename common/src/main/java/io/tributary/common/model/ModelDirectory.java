package io.tributary.common.model;

import io.tributary.common.config.BoundedFile;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A directory that holds a model and all that is needed to use it: {@code model.json} (a {@link
 * ModelDescription}) and {@code DIGEST.f32} (little-endian floats in layout order).
 *
 * <p>Beside them a coordinator keeps {@code DIGEST.state}: what the optimizer of its job remembers
 * from round to round, little-endian floats as well. No reader of the model needs it.
 *
 * <p>The coordinator publishes into one after every round and {@code tributary generate} reads from
 * it, also while a job runs: weights come first and under their own name, then the description
 * moves to them in one atomic step, so a reader finds the old model or the new one. The digest is
 * what {@code sha256sum} prints.
 */
public final class ModelDirectory {
  /** Name of the description; it is the head: the weights it names are the model. */
  public static final String DESCRIPTION_FILE = "model.json";

  private static final String WEIGHTS_SUFFIX = ".f32";
  private static final String STATE_SUFFIX = ".state";
  private static final List<String> BLOB_SUFFIXES = List.of(WEIGHTS_SUFFIX, STATE_SUFFIX);
  private static final int BUFFER_BYTES = 256 * 1024;

  private final Path directory;

  /** Names a directory; nothing is read or made yet. */
  public ModelDirectory(Path directory) {
    this.directory = directory;
  }

  /** Returns the directory. */
  public Path path() {
    return directory;
  }

  /** Returns where the weights of a digest are, or would be. */
  public Path weightsFile(String digest) {
    return directory.resolve(digest + WEIGHTS_SUFFIX);
  }

  /** Returns a file to write new weights to; {@link #seal} gives it its name. */
  public Path unsealedFile(String name) {
    return directory.resolve(name + WEIGHTS_SUFFIX + DurableFiles.TEMPORARY_SUFFIX);
  }

  /** Writes first weights to an unsealed file, piece by piece. */
  public static void write(Path unsealed, WeightStream weights) throws IOException {
    float[] piece = new float[BUFFER_BYTES / Float.BYTES];
    try (FileChannel channel = create(unsealed)) {
      ByteBuffer buffer = buffer();
      while (weights.remaining() > 0) {
        int values = (int) Math.min(piece.length, weights.remaining());
        weights.next(piece, values);
        write(channel, buffer, piece, 0, values);
      }
    }
  }

  /** Returns where the optimizer state of a digest is, or would be. */
  public Path stateFile(String digest) {
    return directory.resolve(digest + STATE_SUFFIX);
  }

  /** Returns a file to write new optimizer state to; {@link #sealState} gives it its name. */
  public Path unsealedStateFile(String name) {
    return directory.resolve(name + STATE_SUFFIX + DurableFiles.TEMPORARY_SUFFIX);
  }

  /**
   * Writes a flat vector to an unsealed file.
   *
   * @param weights in layout order
   */
  public static void write(Path unsealed, float[] weights) throws IOException {
    try (FileChannel channel = create(unsealed)) {
      ByteBuffer buffer = buffer();
      for (int from = 0; from < weights.length; ) {
        int values = Math.min(buffer.capacity() / Float.BYTES, weights.length - from);
        write(channel, buffer, weights, from, values);
        from += values;
      }
    }
  }

  private static FileChannel create(Path unsealed) throws IOException {
    return FileChannel.open(
        unsealed,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private static void write(
      FileChannel channel, ByteBuffer buffer, float[] weights, int from, int values)
      throws IOException {
    buffer.clear().limit(values * Float.BYTES);
    buffer.asFloatBuffer().put(weights, from, values);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /**
   * Checks new weights and makes them durable under their digest. The model does not change before
   * {@link #describe}.
   *
   * @param unsealed a file of {@link #unsealedFile}; it is gone afterwards
   * @param parameterCount how many values it must have
   * @return the digest, 64 hexadecimal digits
   * @throws IOException when size or a value is wrong, or the disk fails
   */
  public String seal(Path unsealed, int parameterCount) throws IOException {
    String digest = scan(unsealed, parameterCount, null);
    DurableFiles.publish(unsealed, weightsFile(digest));
    return digest;
  }

  /**
   * Checks new optimizer state and makes it durable under its digest.
   *
   * @param unsealed a file of {@link #unsealedStateFile}; it is gone afterwards
   * @param values how many it must have
   * @return the digest, 64 hexadecimal digits
   * @throws IOException when size or a value is wrong, or the disk fails
   */
  public String sealState(Path unsealed, long values) throws IOException {
    String digest = scan(unsealed, values, null);
    DurableFiles.publish(unsealed, stateFile(digest));
    return digest;
  }

  /** Makes sealed weights the model, in one durable step. */
  public void describe(ModelDescription description) throws IOException {
    if (!Files.isRegularFile(weightsFile(description.digest()))) {
      throw new IOException(
          weightsFile(description.digest()) + " is missing: seal weights before describing them");
    }
    DurableFiles.write(
        directory.resolve(DESCRIPTION_FILE), ConfigReader.toCanonicalJson(description));
  }

  /** Whether the description is there, whole, and names these weights. */
  public boolean describes(String digest) {
    try {
      return Files.exists(directory.resolve(DESCRIPTION_FILE))
          && description().digest().equals(digest);
    } catch (UserErrorException e) {
      return false; // cut or of another version: to be written anew
    }
  }

  /**
   * Reads sealed weights once and checks size, values and digest.
   *
   * @throws IOException saying what is wrong
   */
  public void check(String digest, int parameterCount) throws IOException {
    checkBlob(weightsFile(digest), digest, parameterCount);
  }

  /**
   * Reads sealed optimizer state once and checks size, values and digest.
   *
   * @throws IOException saying what is wrong
   */
  public void checkState(String digest, long values) throws IOException {
    checkBlob(stateFile(digest), digest, values);
  }

  private static void checkBlob(Path file, String digest, long values) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException(file + " is missing");
    }
    String actual = scan(file, values, null);
    if (!actual.equals(digest)) {
      throw new IOException(file + " has SHA-256 " + actual);
    }
  }

  /**
   * Gives the digest of weights anywhere, as {@link #seal} would.
   *
   * @throws IOException when size or a value is wrong, or the disk fails
   */
  public static String digest(Path weights, int parameterCount) throws IOException {
    return scan(weights, parameterCount, null);
  }

  /**
   * Reads the description.
   *
   * @throws UserErrorException when there is none or it is not valid
   */
  public ModelDescription description() {
    Path file = directory.resolve(DESCRIPTION_FILE);
    try {
      byte[] json = BoundedFile.read(file, ConfigReader.MAX_CONFIG_BYTES);
      return ConfigReader.readJson(json, ModelDescription.class, file.toString());
    } catch (NoSuchFileException e) {
      throw failed(
          directory
              + " holds no model ("
              + DESCRIPTION_FILE
              + " is missing): give the models directory of a coordinator's home",
          e);
    } catch (IOException e) {
      throw failed("the description cannot be read (" + e.getMessage() + "): check the file", e);
    }
  }

  /**
   * Reads the weights of a description, and checks size, values and digest.
   *
   * @return the flat vector in layout order
   * @throws UserErrorException naming what is wrong
   */
  public float[] weights(ModelDescription description) {
    Path file = weightsFile(description.digest());
    float[] weights = new float[description.config().layout().parameterCount()];
    try {
      String digest = scan(file, weights.length, weights);
      if (!digest.equals(description.digest())) {
        throw failed(
            file + " has SHA-256 " + digest + ": the file was changed; fetch the model again",
            null);
      }
      return weights;
    } catch (IOException e) {
      throw failed(file + " cannot be used (" + e.getMessage() + "): fetch the model again", e);
    }
  }

  /**
   * Deletes weights and optimizer state other than these, and unfinished files of a process that
   * was killed.
   */
  public void keepOnly(Set<String> digests) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(DurableFiles.TEMPORARY_SUFFIX) || isBlobBeside(digests, name)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static boolean isBlobBeside(Set<String> digests, String name) {
    for (String suffix : BLOB_SUFFIXES) {
      if (name.endsWith(suffix)) {
        return !digests.contains(name.substring(0, name.length() - suffix.length()));
      }
    }
    return false;
  }

  /**
   * Reads the file once: checks its size, that all is finite, and gives its digest.
   *
   * @param into gets the values, if it is not null; then {@code count} is its length
   */
  private static String scan(Path file, long count, float[] into) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long expected = count * Float.BYTES;
      if (channel.size() != expected) {
        throw new IOException(
            file
                + " has "
                + channel.size()
                + " bytes but "
                + count
                + " parameters need "
                + expected);
      }
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      ByteBuffer buffer = buffer();
      for (long at = 0; at < count; ) {
        int values = (int) Math.min(buffer.capacity() / Float.BYTES, count - at);
        buffer.clear().limit(values * Float.BYTES);
        while (buffer.hasRemaining()) {
          if (channel.read(buffer) < 0) {
            throw new IOException(file + " was cut while it was read");
          }
        }
        buffer.flip();
        for (int i = 0; i < values; i++) {
          float value = buffer.getFloat(i * Float.BYTES);
          if (!Float.isFinite(value)) {
            throw new IOException("parameter " + (at + i) + " in " + file + " is " + value);
          }
          if (into != null) {
            into[(int) at + i] = value;
          }
        }
        sha256.update(buffer);
        at += values;
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static UserErrorException failed(String message, Throwable cause) {
    return new UserErrorException(UserErrorException.Kind.FAILED, message, cause);
  }
}
