package io.tributary.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom. THINK HARD ABOUT THE LAYERING BEFORE CHANGING THIS: the coordinator stays free
 * of the maths library, and neither side of the wire knows the other.
 */
class ModuleRulesTest {
  private static final String ROOT = "io.tributary";

  private static JavaClasses classes;

  @BeforeAll
  static void importAll() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);
    // A rule over no classes would hold whatever the code does.
    for (String module :
        new String[] {
          "common", "certs", "transformer", "client", "coordinator", "simulation", "examples", "cli"
        }) {
      assertThat(classes.that(inModule(module))).as(module).isNotEmpty();
    }
  }

  private static com.tngtech.archunit.base.DescribedPredicate<
          com.tngtech.archunit.core.domain.JavaClass>
      inModule(String module) {
    return com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage(
        ROOT + "." + module + "..");
  }

  private static void forbid(String module, String... packages) {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "." + module + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages)
        .check(classes);
  }

  @Test
  void commonKnowsNoOtherModuleAndNoMathsLibrary() {
    forbid(
        "common",
        "io.tributary.certs..",
        "io.tributary.transformer..",
        "io.tributary.client..",
        "io.tributary.coordinator..",
        "io.tributary.simulation..",
        "io.tributary.examples..",
        "io.tributary.cli..",
        "org.nd4j..",
        "org.bytedeco..");
  }

  @Test
  void certsKnowsOnlyCommon() {
    forbid(
        "certs",
        "io.tributary.transformer..",
        "io.tributary.client..",
        "io.tributary.coordinator..",
        "io.tributary.simulation..",
        "io.tributary.examples..",
        "io.tributary.cli..");
  }

  @Test
  void transformerKnowsNothingOfRoundsOrNetworks() {
    forbid(
        "transformer",
        "io.tributary.certs..",
        "io.tributary.examples..",
        "io.tributary.client..",
        "io.tributary.coordinator..",
        "io.tributary.simulation..",
        "io.tributary.cli..",
        "io.tributary.common.wire..",
        "io.tributary.common.tls..",
        "io.netty..");
  }

  @Test
  void clientAndCoordinatorNeverImportEachOther() {
    forbid(
        "client",
        "io.tributary.coordinator..",
        "io.tributary.certs..",
        "io.tributary.simulation..",
        "io.tributary.examples..",
        "io.tributary.cli..");
    forbid(
        "coordinator",
        "io.tributary.certs..",
        "io.tributary.examples..",
        "io.tributary.client..",
        "io.tributary.transformer..",
        "io.tributary.simulation..",
        "io.tributary.cli..");
  }

  @Test
  void theHarnessAndTheExamplesKnowNoCommands() {
    forbid("simulation", "io.tributary.examples..", "io.tributary.cli..");
    forbid("examples", "io.tributary.cli..", "io.tributary.simulation..");
  }

  @Test
  void theCoordinatorIsFreeOfTheMathsLibrary() {
    forbid("coordinator", "org.nd4j..", "org.bytedeco..", "org.deeplearning4j..");
  }

  @Test
  void onlyTheTransformerModuleTouchesTheMathsLibrary() {
    // The examples may: a user's own network is made with it.
    for (String module : new String[] {"client", "simulation", "cli", "certs"}) {
      forbid(module, "org.nd4j..", "org.bytedeco..", "org.deeplearning4j..");
    }
  }

  @Test
  void generatedMessagesStayOnTheWiresSideOfTheStateMachines() {
    noClasses()
        .that()
        .resideInAPackage("io.tributary.coordinator.round..")
        .should()
        .dependOnClassesThat(
            JavaClass.Predicates.resideInAnyPackage(
                    "io.netty..", "com.google.protobuf..", "io.tributary.common.wire.v1..")
                // A receipt is carried through as it is, like a digest: a value, not a message.
                .and(not(name("io.tributary.common.wire.v1.SignedStatement"))))
        .check(classes);
  }

  @Test
  void modulesHaveNoCycles() {
    SlicesRuleDefinition.slices()
        .matching("io.tributary.(*)..")
        .should()
        .beFreeOfCycles()
        .check(classes);
  }
}
