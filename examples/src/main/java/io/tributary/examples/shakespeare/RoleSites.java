package io.tributary.examples.shakespeare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Deals the roles to sites: the largest roles are a site each, all others speak as their play's
 * chorus.
 *
 * <p>Nothing is dropped, so the union of all sites is the three plays whatever the number of sites.
 * One chorus for all plays would hold half of the text and be most of the federation; one a play is
 * about as large as Hamlet.
 */
public final class RoleSites {
  /** The choruses and one role. */
  public static final int MIN_SITES = 4;

  /** More would give sites of a few lines. */
  public static final int MAX_SITES = 60;

  private static final String CHORUS = "-chorus";

  private RoleSites() {}

  /**
   * Splits {@code roles} into {@code sites} sites.
   *
   * @param sites the choruses included
   * @return text by site name, the largest role first, the choruses last
   */
  public static Map<String, String> split(List<SpeakingRole> roles, int sites) {
    int plays = (int) roles.stream().map(SpeakingRole::play).distinct().count();
    int most = Math.min(MAX_SITES, roles.size());
    if (sites <= plays || sites > most) {
      throw new IllegalArgumentException(
          "sites is " + sites + " but must be " + (plays + 1) + " to " + most);
    }
    List<SpeakingRole> ranked = new ArrayList<>(roles);
    ranked.sort(
        Comparator.comparingInt(SpeakingRole::sizeBytes)
            .reversed()
            .thenComparing(SpeakingRole::play)
            .thenComparing(SpeakingRole::name));
    Map<String, String> texts = new LinkedHashMap<>();
    for (SpeakingRole role : ranked.subList(0, sites - plays)) {
      String name = siteName(role.name());
      texts.put(texts.containsKey(name) ? name + "-" + role.play() : name, role.text());
    }
    Map<String, StringBuilder> choruses = new TreeMap<>();
    for (SpeakingRole role : ranked.subList(sites - plays, ranked.size())) {
      choruses
          .computeIfAbsent(role.play() + CHORUS, name -> new StringBuilder())
          .append(role.text());
    }
    choruses.forEach((name, text) -> texts.put(name, text.toString()));
    return texts;
  }

  private static String siteName(String role) {
    return role.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
  }
}
