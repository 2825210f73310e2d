package io.tributary.simulation.virtual;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.random.CounterRandom;
import io.tributary.common.tls.SiteName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How the texts are dealt to the sites. Every byte goes to exactly one site, by (texts, sites,
 * seed) alone.
 */
public sealed interface Partition {
  /** Most sites of one simulation. */
  int MAX_SITES = 100_000;

  /** All sites alike: paragraphs are shuffled over all texts and dealt in equal parts. */
  record Iid() implements Partition {
    @Override
    public String toString() {
      return "iid";
    }
  }

  /**
   * Sites of equal size and unequal kind: each draws its own proportions of the classes (texts)
   * from a Dirichlet distribution around their overall proportions, and its paragraphs by them.
   * Hsu, Qi and Brown, "Measuring the effects of non-identical data distribution for federated
   * visual classification", 2019.
   *
   * @param alpha concentration: large is like iid, small gives each site few classes
   */
  record Dirichlet(double alpha) implements Partition {
    private static final double MOST = 1e6;

    /** Checks the range. */
    public Dirichlet {
      if (!(alpha > 0 && alpha <= MOST)) {
        throw new IllegalArgumentException(
            "dirichlet:" + alpha + " has a concentration that must be above 0 and at most " + MOST);
      }
    }

    @Override
    public String toString() {
      return "dirichlet:" + alpha;
    }
  }

  /** Each text a site; with fewer sites than texts, small ones share a site. */
  record ByFile() implements Partition {
    @Override
    public String toString() {
      return "by-file";
    }
  }

  /**
   * Reads {@code iid}, {@code dirichlet:A} or {@code by-file}.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  static Partition parse(String text) {
    String name = text.strip().toLowerCase(Locale.ROOT);
    if (name.equals("iid")) {
      return new Iid();
    }
    if (name.equals("by-file")) {
      return new ByFile();
    }
    if (name.startsWith("dirichlet:")) {
      String alpha = name.substring("dirichlet:".length());
      try {
        return new Dirichlet(Double.parseDouble(alpha));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "--partition is dirichlet:" + alpha + " but " + alpha + " is not a number", e);
      }
    }
    throw new IllegalArgumentException(
        "--partition is "
            + text
            + " but must be iid, dirichlet:A (A above 0, such as dirichlet:0.3) or by-file");
  }

  /**
   * Deals the texts.
   *
   * @return each site's text by its name
   * @throws UserErrorException if there are more sites than the texts allow
   */
  default SortedMap<SiteName, SiteText> deal(List<SourceText> texts, int sites, long seed) {
    if (sites < 1 || sites > MAX_SITES) {
      throw new UserErrorException(
          Kind.USAGE, "--sites is " + sites + " but must be 1 to " + MAX_SITES);
    }
    if (this instanceof ByFile) {
      return FileSites.deal(texts, sites);
    }
    List<List<TextSlice>> classes = new ArrayList<>();
    int units = 0;
    for (int i = 0; i < texts.size(); i++) {
      List<TextSlice> cut = TextSlice.units(i, texts.get(i).bytes());
      units += cut.size();
      classes.add(cut);
    }
    if (sites > units) {
      throw new UserErrorException(
          Kind.USAGE,
          "--sites is "
              + sites
              + " but the text has only "
              + units
              + " paragraphs: lower --sites or give more text by --data");
    }
    List<SiteText> dealt =
        this instanceof Dirichlet dirichlet
            ? new DirichletDeal(classes, dirichlet.alpha(), seed).deal(sites)
            : iid(classes, sites, seed);
    SortedMap<SiteName, SiteText> named = new TreeMap<>();
    for (int i = 0; i < sites; i++) {
      named.put(siteName(i, sites), dealt.get(i));
    }
    return named;
  }

  private static List<SiteText> iid(List<List<TextSlice>> classes, int sites, long seed) {
    List<TextSlice> units = classes.stream().flatMap(List::stream).toList();
    int[] order = new CounterRandom(seed, "tributary.simulate.iid").permutation(units.size());
    Quotas quotas = new Quotas(units, sites);
    List<SiteText> dealt = new ArrayList<>();
    int next = 0;
    for (int site = 0; site < sites; site++) {
      List<TextSlice> own = new ArrayList<>();
      while (next < order.length && quotas.wants(site, own.size())) {
        TextSlice unit = units.get(order[next++]);
        quotas.given(unit);
        own.add(unit);
      }
      dealt.add(new SiteText(own));
    }
    return dealt;
  }

  /** {@code site-001} of 250: names sort like their numbers. */
  private static SiteName siteName(int index, int sites) {
    int digits = Math.max(2, Integer.toString(sites).length());
    return new SiteName(String.format(Locale.ROOT, "site-%0" + digits + "d", index + 1));
  }
}
