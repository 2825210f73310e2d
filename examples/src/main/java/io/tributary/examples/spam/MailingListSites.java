package io.tributary.examples.spam;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Deals the mails to sites, a mailing list or an address each: the natural and very uneven split,
 * where most sites have hardly any mail of one of the two kinds.
 */
public final class MailingListSites {
  /** Smaller ones are left out. */
  public static final int MIN_MAILS = 12;

  private MailingListSites() {}

  /**
   * The lists with the most mails; all others are left out.
   *
   * @param sites most sites
   * @return mails by site name, the largest first
   */
  public static Map<String, List<Mail>> split(List<Mail> mails, int sites) {
    Map<String, List<Mail>> lists = new LinkedHashMap<>();
    for (Mail mail : mails) {
      lists.computeIfAbsent(mail.list(), name -> new ArrayList<>()).add(mail);
    }
    Map<String, List<Mail>> largest = new LinkedHashMap<>();
    lists.entrySet().stream()
        .filter(list -> list.getValue().size() >= MIN_MAILS)
        .sorted(
            Comparator.comparingInt((Map.Entry<String, List<Mail>> list) -> list.getValue().size())
                .reversed()
                .thenComparing(Map.Entry::getKey))
        .limit(sites)
        .forEach(list -> largest.put(list.getKey(), List.copyOf(list.getValue())));
    return largest;
  }
}
