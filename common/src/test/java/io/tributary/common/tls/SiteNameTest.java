package io.tributary.common.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SiteNameTest {
  private static final String LONGEST = "a".repeat(SiteName.MAX_CHARACTERS);

  @ParameterizedTest
  @ValueSource(strings = {"a", "0", "hospital-north", "site.3_b", "king-richard-iii"})
  void acceptsNamesOfTheGrammarAndFindsThemInTheirUri(String name) {
    SiteName site = new SiteName(name);
    assertThat(site.uri()).hasToString("tributary://site/" + name);
    assertThat(SiteName.fromUri(site.uri().toString())).contains(site);
  }

  @Test
  void acceptsTheLongestNameAndRefusesOneMore() {
    assertThat(new SiteName(LONGEST).value()).hasSize(63);
    assertThatThrownBy(() -> new SiteName(LONGEST + "a")).isInstanceOf(UserErrorException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", ".", "..", "A", "a b", "a/b", "../a", "é", "a\n"})
  void refusesEverythingElseAndSaysWhatIsAllowed(String name) {
    assertThatThrownBy(() -> new SiteName(name))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("site name")
        .hasMessageContaining("a-z 0-9 . _ -")
        .hasMessageNotContaining("\n")
        .asInstanceOf(InstanceOfAssertFactories.type(UserErrorException.class))
        .returns(Kind.USAGE, UserErrorException::kind);
    assertThat(SiteName.fromUri("tributary://site/" + name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://site/a", "tributary://coordinator/a", "tributary://site/a/b", ""})
  void findsNoSiteInAForeignUri(String uri) {
    assertThat(SiteName.fromUri(uri)).isEmpty();
  }
}
