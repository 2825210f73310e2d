package io.tributary.certs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostNamesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "fed.example.org", "*.example.org", "10.1.2.3", "::1", "fe80::12"})
  void acceptsNamesAndAddresses(String name) {
    assertThat(new HostNames(List.of(name)).values()).containsExactly(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "a b", "-a", "a..b", "10.0.0.300", "host:7443", "https://host", "ü", "*"})
  void refusesWhatNobodyCanDialAndNamesIt(String name) {
    assertThatThrownBy(() -> new HostNames(List.of("localhost", name)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("host name \"")
        .hasMessageContaining("without a port");
  }

  @Test
  void dropsBracketsAndDuplicates() {
    assertThat(new HostNames(List.of("[::1]", "::1", "a", "a")).values())
        .containsExactly("::1", "a");
  }

  @Test
  void boundsHowManyThereAre() {
    assertThatThrownBy(() -> new HostNames(Collections.emptyList()))
        .hasMessageContaining("has 0 host names: give 1 to 64");
    List<String> many = IntStream.range(0, 65).mapToObj(i -> "h" + i).toList();
    assertThatThrownBy(() -> new HostNames(many)).hasMessageContaining("has 65 host names");
  }
}
