package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What importers get is what is built. */
class BillOfMaterialsTest {
  private static final Path ROOT = Path.of("..");
  private static final List<String> LIBRARIES =
      List.of("common", "certs", "transformer", "client", "coordinator", "simulation");

  @Test
  void listsEveryLibraryInThisVersion() throws IOException {
    String project = Files.readString(ROOT.resolve("pom.xml"));
    Matcher version = Pattern.compile("<version>([^<]+)</version>").matcher(project);
    assertThat(version.find()).isTrue();
    String bom = Files.readString(ROOT.resolve("bom").resolve("pom.xml"));
    for (String library : LIBRARIES) {
      assertThat(bom)
          .containsPattern(
              "<artifactId>tributary-"
                  + library
                  + "</artifactId>\\s*<version>"
                  + Pattern.quote(version.group(1))
                  + "</version>");
    }
    String list = bom.substring(0, bom.indexOf("</dependencyManagement>"));
    assertThat(Pattern.compile("<version>").matcher(list).results().count())
        .isEqualTo(LIBRARIES.size() + 1);
  }

  @Test
  void everyLibraryWithPublicPackagesHasABaseline() throws IOException {
    for (String library : LIBRARIES) {
      boolean compared =
          Files.readString(ROOT.resolve(library).resolve("pom.xml")).contains("japicmp");
      Path baseline = ROOT.resolve("bom/baseline/tributary-" + library + ".jar");
      assertThat(Files.exists(baseline)).as(library).isEqualTo(compared);
    }
  }
}
