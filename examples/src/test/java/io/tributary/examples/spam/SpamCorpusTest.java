package io.tributary.examples.spam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpamCorpusTest {
  private static final Map<String, String> MAILS = mails();

  @TempDir private Path directory;

  private static Map<String, String> mails() {
    Map<String, String> mails = new LinkedHashMap<>();
    mails.put("easy-ham-1/1.txt", "List-Id: A list <ilug.Linux.ie>\nTo: x@y\n\nhello");
    mails.put("easy-ham-1/1.json", "{}");
    mails.put("hard-ham-1/2.txt", "Delivered-To: Zzzz-Users@localhost\nTo: b@c\n\nhello again");
    mails.put("spam-1/3.txt", "To: \"b\" <fork_list@c>\n\nbuy");
    mails.put("spam-2/4.txt", "Subject: none\n\nbuy more");
    mails.put("spam-2/5.txt", "To: elsewhere@c\n\nbuy");
    mails.put("spam-2/6.txt", "To: elsewhere@c\n\n  ");
    mails.put("docs/7.txt", "To: elsewhere@c\n\nno mail");
    return mails;
  }

  private Path unpacked() throws IOException {
    for (Map.Entry<String, String> mail : MAILS.entrySet()) {
      Path file = directory.resolve("package/data").resolve(mail.getKey());
      Files.createDirectories(file.getParent());
      Files.writeString(file, mail.getValue());
    }
    return directory.resolve("package");
  }

  private Path archive() throws IOException {
    Path file = directory.resolve("corpus.tgz");
    try (OutputStream out = Files.newOutputStream(file);
        TarArchiveOutputStream tar =
            new TarArchiveOutputStream(new GzipCompressorOutputStream(out))) {
      for (Map.Entry<String, String> mail : MAILS.entrySet()) {
        byte[] bytes = mail.getValue().getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry("package/data/" + mail.getKey());
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
      }
    }
    return file;
  }

  @Test
  void eachTextIsReadOnceWithItsKindAndList() throws IOException {
    List<Mail> mails = SpamCorpus.read(unpacked());
    assertThat(mails)
        .containsExactly(
            new Mail("ilug.linux.ie", false, "hello"),
            new Mail("zzzz-users", false, "hello again"),
            new Mail("fork-list", true, "buy"),
            new Mail("unaddressed", true, "buy more"));
  }

  @Test
  void theArchiveIsTheDirectory() throws IOException {
    assertThat(SpamCorpus.read(archive())).isEqualTo(SpamCorpus.read(unpacked()));
  }

  @Test
  void somethingElseIsRefusedWithAdvice() throws IOException {
    Path empty = Files.createDirectories(directory.resolve("empty"));
    assertThatThrownBy(() -> SpamCorpus.read(empty))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("holds no folders of both kinds");
    Path noArchive = Files.writeString(directory.resolve("no.tgz"), "no archive");
    assertThatThrownBy(() -> SpamCorpus.read(noArchive)).isInstanceOf(IOException.class);
    byte[] whole = Files.readAllBytes(archive());
    Path cut = directory.resolve("cut.tgz");
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> SpamCorpus.read(cut)).isInstanceOf(IOException.class);
  }

  @Test
  void theLargestListsBecomeSites() {
    List<Mail> mails =
        IntStream.range(0, 60)
            .mapToObj(i -> new Mail(i < 30 ? "b" : i < 50 ? "a" : "c", i % 2 == 0, "text " + i))
            .toList();
    assertThat(MailingListSites.split(mails, 24).keySet())
        .as("c has too few")
        .containsExactly("b", "a");
    assertThat(MailingListSites.split(mails, 1).keySet()).containsExactly("b");
  }
}
