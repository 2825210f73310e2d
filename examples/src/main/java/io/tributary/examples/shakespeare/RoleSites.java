package io.tributary.examples.shakespeare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Deals the roles to sites: the largest roles are a site each, all others speak as one chorus.
 *
 * <p>Nothing is dropped, so the union of all sites is the three plays whatever the number of sites.
 */
public final class RoleSites {
  /** Fewest sites that make a federation with a chorus. */
  public static final int MIN_SITES = 2;

  /** More would give sites of a few lines. */
  public static final int MAX_SITES = 60;

  private static final String CHORUS = "chorus";

  private RoleSites() {}

  /**
   * Splits {@code roles} into {@code sites} sites.
   *
   * @return text by site name, the largest role first, the chorus last
   */
  public static Map<String, String> split(List<SpeakingRole> roles, int sites) {
    int most = Math.min(MAX_SITES, roles.size());
    if (sites < MIN_SITES || sites > most) {
      throw new IllegalArgumentException(
          "sites is " + sites + " but must be " + MIN_SITES + " to " + most);
    }
    List<SpeakingRole> ranked = new ArrayList<>(roles);
    ranked.sort(
        Comparator.comparingInt(SpeakingRole::sizeBytes)
            .reversed()
            .thenComparing(SpeakingRole::play)
            .thenComparing(SpeakingRole::name));
    Map<String, String> texts = new LinkedHashMap<>();
    for (SpeakingRole role : ranked.subList(0, sites - 1)) {
      String name = siteName(role.name());
      texts.put(texts.containsKey(name) ? name + "-" + role.play() : name, role.text());
    }
    StringBuilder chorus = new StringBuilder();
    for (SpeakingRole role : ranked.subList(sites - 1, ranked.size())) {
      chorus.append(role.text());
    }
    texts.put(CHORUS, chorus.toString());
    return texts;
  }

  private static String siteName(String role) {
    return role.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
  }
}
