package io.tributary.transformer.tokens;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Sets DJL up before its first class loads: no network, no usage tracking, and a private place for
 * the native library that it unpacks from its jar.
 *
 * <p>DJL would keep the library in {@code ~/.djl.ai} for ever, one copy for each version. Unless
 * {@code ENGINE_CACHE_DIR} (DJL's own setting, as environment variable or system property) names a
 * directory to keep it in, it goes to a fresh directory that only this user can enter, and is
 * deleted as soon as it is loaded; where a loaded file cannot be deleted (Windows), when the
 * process ends.
 */
final class NativeTokenizers {
  private static final String CACHE_DIRECTORY = "ENGINE_CACHE_DIR";

  /** What DJL asks before it fetches anything, and before it reports its use. */
  private static final List<String> SWITCHES = List.of("ai.djl.offline", "OPT_OUT_TRACKING");

  private static Path scratch;
  private static boolean prepared;

  private NativeTokenizers() {}

  /** To be called before DJL is used; does something the first time only. */
  static synchronized void prepare() {
    if (prepared) {
      return;
    }
    for (String name : SWITCHES) {
      System.setProperty(name, "true");
    }
    if (System.getenv(CACHE_DIRECTORY) == null && System.getProperty(CACHE_DIRECTORY) == null) {
      try {
        scratch = Files.createTempDirectory("tributary-tokenizers");
        System.setProperty(CACHE_DIRECTORY, scratch.toString());
      } catch (IOException e) {
        throw new UserErrorException(
            UserErrorException.Kind.FAILED,
            "the tokenizer's native library cannot be unpacked ("
                + e.getMessage()
                + "): free some space, or name a directory by "
                + CACHE_DIRECTORY,
            e);
      }
    }
    prepared = true;
  }

  /** To be called once the native library is loaded: its file is needed no more. */
  static synchronized void loaded() {
    if (scratch == null) {
      return;
    }
    List<Path> left;
    try (Stream<Path> files = Files.walk(scratch)) {
      left = files.toList();
    } catch (IOException e) {
      left = List.of(scratch);
    }
    for (int i = left.size() - 1; i >= 0; i--) { // a directory comes after what is in it
      try {
        Files.deleteIfExists(left.get(i));
      } catch (IOException e) {
        left.get(i).toFile().deleteOnExit(); // in use: this system locks loaded files
      }
    }
    scratch = null;
  }
}
