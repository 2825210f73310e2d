package io.tributary.examples.shakespeare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoleSitesTest {
  @Test
  void theLargestRolesAreSitesAndTheRestIsOneChorus() {
    List<SpeakingRole> roles =
        List.of(
            new SpeakingRole("a", "First Witch", "xx"),
            new SpeakingRole("a", "KING", "xxxx"),
            new SpeakingRole("b", "KING", "xxx"),
            new SpeakingRole("b", "Servant", "y"));
    Map<String, String> texts = RoleSites.split(roles, 3);
    assertThat(texts)
        .containsExactly(
            Map.entry("king", "xxxx"), Map.entry("king-b", "xxx"), Map.entry("chorus", "xxy"));
  }

  @Test
  void noTextIsLostWhateverTheNumberOfSites() throws IOException {
    List<SpeakingRole> roles = SpokenPlays.read();
    int total = roles.stream().mapToInt(role -> role.text().length()).sum();
    for (int sites : new int[] {2, 9, 31, 60}) {
      Map<String, String> texts = RoleSites.split(roles, sites);
      assertThat(texts).hasSize(sites);
      assertThat(texts.values().stream().mapToInt(String::length).sum()).isEqualTo(total);
      assertThat(texts.keySet()).allMatch(name -> name.matches("[a-z0-9][a-z0-9._-]{0,62}"));
    }
  }

  @Test
  void tooFewOrTooManySitesAreRefusedWithTheBounds() {
    List<SpeakingRole> roles =
        List.of(new SpeakingRole("a", "X", "x"), new SpeakingRole("a", "Y", "y"));
    assertThatThrownBy(() -> RoleSites.split(roles, 1))
        .hasMessageContaining("sites is 1 but must be 2 to 2");
    assertThatThrownBy(() -> RoleSites.split(roles, 3)).hasMessageContaining("sites is 3");
  }
}
