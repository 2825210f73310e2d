package io.tributary.client.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a site's files look like from outside: their paths, sizes, times of change and keys, in one
 * digest. Cheap, and equal as long as nobody touches them; {@link DataWatch} compares.
 *
 * @param digest SHA-256, in hexadecimal
 */
record DataFingerprint(String digest) {
  /**
   * Looks.
   *
   * @throws io.tributary.common.config.UserErrorException if nothing is there, or too much
   */
  static DataFingerprint of(DataSource source, DataLimits limits) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
    for (Path file : DataFiles.at(source.location(), limits)) {
      BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class);
      String line =
          file + "\0" + seen.size() + "\0" + seen.lastModifiedTime() + "\0" + seen.fileKey() + "\0";
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return new DataFingerprint(HexFormat.of().formatHex(digest.digest()));
  }
}
