package io.tributary.simulation.virtual;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.tls.SiteName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Deals whole texts for {@link Partition.ByFile}. The largest texts are a site each; every smaller
 * one joins the site that is smallest by then. A site has the name of its largest text.
 */
final class FileSites {
  private static final int MAX_NAME = 48;

  private static final class Growing {
    private final int order;
    private final List<TextSlice> slices = new ArrayList<>();
    private long bytes;

    private Growing(int order) {
      this.order = order;
    }

    private void add(TextSlice text) {
      slices.add(text);
      bytes += text.size();
    }
  }

  private FileSites() {}

  static SortedMap<SiteName, SiteText> deal(List<SourceText> texts, int sites) {
    if (sites > texts.size()) {
      throw new UserErrorException(
          Kind.USAGE,
          "--sites is "
              + sites
              + " but --partition by-file has only "
              + texts.size()
              + " texts, one a site: lower --sites, or choose iid or dirichlet:A");
    }
    List<Integer> ranked = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      ranked.add(i);
    }
    ranked.sort(Comparator.comparingInt((Integer i) -> -texts.get(i).bytes().length));
    PriorityQueue<Growing> bySize =
        new PriorityQueue<>(
            Comparator.comparingLong((Growing site) -> site.bytes)
                .thenComparingInt(site -> site.order));
    List<Growing> all = new ArrayList<>();
    for (int rank = 0; rank < ranked.size(); rank++) {
      int source = ranked.get(rank);
      byte[] text = texts.get(source).bytes();
      Growing site = rank < sites ? new Growing(rank) : bySize.remove();
      if (rank < sites) {
        all.add(site);
      }
      site.add(new TextSlice(source, text, 0, text.length));
      bySize.add(site);
    }
    SortedMap<SiteName, SiteText> named = new TreeMap<>();
    Set<String> taken = new HashSet<>();
    for (Growing site : all) {
      String name = texts.get(ranked.get(site.order)).name();
      named.put(unique(name, taken), new SiteText(site.slices));
    }
    return named;
  }

  /** A site name like the text's: lower case, what does not belong in a name made a hyphen. */
  private static SiteName unique(String text, Set<String> taken) {
    String plain =
        text.toLowerCase(Locale.ROOT)
            .replaceAll("\\.(txt|md|text)$", "")
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-+|-+$", "");
    String base = plain.isEmpty() ? "site" : plain.substring(0, Math.min(MAX_NAME, plain.length()));
    base = base.replaceAll("-+$", "");
    String name = base;
    for (int i = 2; !taken.add(name); i++) {
      name = base + "-" + i;
    }
    return new SiteName(name);
  }
}
