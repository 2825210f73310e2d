package io.tributary.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.examples.spam.Mail;
import io.tributary.simulation.FederationHome.SiteFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The sites' mails as files, and which process hosts which site. */
final class SpamSites {
  private static final Map<String, String> READING =
      Map.of("format", "json-lines", "text", "text", "label", "label");

  private SpamSites() {}

  /** Each site's mails, an object a line. */
  static Map<String, SiteFiles> files(Map<String, List<Mail>> mails, Path tokenizer)
      throws IOException {
    ObjectMapper json = new ObjectMapper();
    Map<String, SiteFiles> files = new LinkedHashMap<>();
    for (Map.Entry<String, List<Mail>> site : mails.entrySet()) {
      ByteArrayOutputStream lines = new ByteArrayOutputStream();
      for (Mail mail : site.getValue()) {
        Map<String, String> line = new LinkedHashMap<>();
        line.put("label", mail.spam() ? "spam" : "ham");
        line.put("text", mail.text());
        lines.write(json.writeValueAsBytes(line));
        lines.write('\n');
      }
      files.put(
          site.getKey(), new SiteFiles("mails.jsonl", lines.toByteArray(), READING, tokenizer));
    }
    return files;
  }

  static long spam(List<Mail> mails) {
    return mails.stream().filter(Mail::spam).count();
  }

  /**
   * Deals sites to processes, the largest first, each to the one with the fewest mails so far: the
   * first round takes as long as the longest of them.
   */
  static List<List<String>> hosts(Map<String, List<Mail>> mails, int processes) {
    List<List<String>> hosts = new ArrayList<>();
    long[] load = new long[processes];
    for (int i = 0; i < processes; i++) {
      hosts.add(new ArrayList<>());
    }
    mails.entrySet().stream()
        .sorted(
            Comparator.comparingInt((Map.Entry<String, List<Mail>> each) -> each.getValue().size())
                .reversed())
        .forEach(
            site -> {
              int least = 0;
              for (int i = 1; i < processes; i++) {
                least = load[i] < load[least] ? i : least;
              }
              load[least] += site.getValue().size();
              hosts.get(least).add(site.getKey());
            });
    return hosts;
  }
}
