package io.tributary.client.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.transformer.network.NumericExamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumericTableTest {
  private static final String GOOD = "a,kind,b\n1,cat,2.5\n-3,dog,1e-2\n\n";

  @TempDir Path directory;

  private NumericSource source(String csv, String label, List<String> features) throws IOException {
    Path file = Files.writeString(directory.resolve("numbers.csv"), csv);
    return new NumericSource(file.toString(), label, features);
  }

  @Test
  void readsNumbersAndOneHotAnswersInTheOrderOfTheJobsClasses() throws IOException {
    NumericTable table = NumericTable.read(source(GOOD, "kind", null));
    assertThat(table.count()).isEqualTo(2);
    NumericExamples examples = table.examples(List.of("dog", "bird", "cat"));
    assertThat(examples.features(0)).containsExactly(1, 2.5f);
    assertThat(examples.features(1)).containsExactly(-3, 0.01f);
    assertThat(examples.answers(0)).containsExactly(0, 0, 1);
    assertThat(examples.answers(1)).containsExactly(1, 0, 0);
  }

  @Test
  void takesTheColumnsThatAreNamedAndTheLastAsTheLabelOtherwise() throws IOException {
    NumericTable table = NumericTable.read(source("x,y,z\n1,2,3\n4,5,6\n", null, List.of("y")));
    assertThat(table.examples(null).features(1)).containsExactly(5);
    assertThat(table.examples(null).answers(1)).containsExactly(6);
  }

  @ParameterizedTest
  @CsvSource({
    "'a,b\n', no rows",
    "'', no rows",
    "'a\n1\n', 1 columns",
    "'a,b\n1,2\n3\n', line 3",
    "'a,b\nx,2\n', where a number is needed",
    "'a,b\nNaN,2\n', no network can learn",
    "'a,b\n1e99,2\n', no network can learn",
    "'a,b\n\"1,2\n', CSV",
  })
  void namesFileAndLineOfWhatIsNoTable(String csv, String words) throws IOException {
    NumericSource source = source(csv, null, null);
    assertThatThrownBy(() -> NumericTable.read(source))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("numbers.csv")
        .hasMessageContaining(words);
  }

  @Test
  void refusesColumnsThatAreNotThere() throws IOException {
    assertThatThrownBy(() -> NumericTable.read(source(GOOD, "sort", null)))
        .hasMessageContaining("no column sort");
    assertThatThrownBy(() -> NumericTable.read(source("a,a,b\n1,2,3\n", "a", null)))
        .hasMessageContaining("two columns a");
    assertThatThrownBy(() -> NumericTable.read(source(GOOD, null, List.of("b"))))
        .hasMessageContaining("which is the label");
    assertThatThrownBy(
            () -> NumericTable.read(new NumericSource(directory + "/none.csv", null, null)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("does not exist");
  }

  @Test
  void saysOfStrangeLabelsHowManyAndNotWhich() throws IOException {
    NumericTable table = NumericTable.read(source(GOOD, "kind", null));
    assertThatThrownBy(() -> table.examples(List.of("cat", "bird")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 labels")
        .hasMessageNotContaining("dog");
    assertThatThrownBy(() -> table.examples(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("data.classes")
        .hasMessageNotContaining("cat");
  }
}
