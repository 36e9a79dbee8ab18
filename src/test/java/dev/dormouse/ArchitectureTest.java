package dev.dormouse;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The arrows between the packages, and what each package may know of the world outside. */
class ArchitectureTest {
  private static final String BASE = "dev.dormouse";

  /**
   * From each package to those that it may use. The root package and {@code cli}, which wire the
   * parts by hand, may use all of them; nothing may use those two.
   */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          Map.entry("core", Set.of()),
          Map.entry("budget", Set.of()),
          Map.entry("intake", Set.of()),
          Map.entry("gate", Set.of("core")),
          Map.entry("api", Set.of("core")),
          Map.entry("control", Set.of("gate", "core")),
          Map.entry("activator", Set.of("gate", "budget", "intake", "core")),
          Map.entry("local", Set.of("control", "gate", "api", "core")),
          Map.entry("kubernetes", Set.of("control", "gate", "api", "core")),
          Map.entry("admin", Set.of("control", "gate", "api", "budget", "intake", "core")),
          Map.entry("navigator", Set.of("api")),
          Map.entry("demo", Set.of()),
          Map.entry("scaffold", Set.of("api", "navigator")),
          Map.entry(
              "footprint",
              Set.of("local", "activator", "control", "gate", "budget", "api", "core")),
          Map.entry("logging", Set.of("control", "core")),
          Map.entry("supervisor", Set.of()),
          Map.entry("nap", Set.of()));

  private static final Set<String> LAYERS = ARROWS.keySet();

  /** How operator and activators agree. */
  private static final String[] PROTOCOL = {
    BASE + ".kubernetes.status..", BASE + ".kubernetes.stake..", BASE + ".kubernetes.pass.."
  };

  private static final JavaClasses PRODUCTION =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(BASE);

  @Test
  void theOnlyPackagesAreTheAgreedOnes() {
    assertThat(presentPackages())
        .isSubsetOf(Stream.concat(LAYERS.stream(), Stream.of("cli")).toList());
  }

  @ParameterizedTest
  @FieldSource("LAYERS")
  void usesOnlyThePackagesItMayKnow(String layer) {
    check(
        noClasses()
            .that()
            .resideInAPackage(packages(layer))
            .should()
            .dependOnClassesThat(
                describe(
                    "belong to another package of ours than " + ARROWS.get(layer),
                    type -> isOurs(type) && !mayUse(layer, type))),
        layer);
  }

  @Test
  void noPackageIsPartOfACycle() {
    slices().matching(BASE + ".(*)..").should().beFreeOfCycles().check(PRODUCTION);
    slices().matching(BASE + ".(**)").should().beFreeOfCycles().check(PRODUCTION);
  }

  /** More than a reader can keep in mind; those that still have more may only become smaller. */
  @Test
  void noPackageHasMoreThanSixteenFiles() {
    var larger = Map.of("activator", 50, "cli", 51, "core", 30, "control", 17);
    Map<String, Set<String>> files =
        PRODUCTION.stream()
            .filter(type -> !type.getSimpleName().equals("package-info"))
            .collect(
                groupingBy(
                    JavaClass::getPackageName,
                    mapping(
                        type -> type.getSource().orElseThrow().getFileName().orElseThrow(),
                        toSet())));
    files.forEach(
        (name, inIt) ->
            assertThat(inIt)
                .as(name)
                .hasSizeLessThanOrEqualTo(
                    larger.getOrDefault(name.replaceFirst("^" + BASE + "\\.?", ""), 16)));
  }

  @Test
  void coreIsPure() {
    check(
        classes()
            .that()
            .resideInAPackage(packages("core"))
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage(
                        packages("core"),
                        "java.lang",
                        "java.lang.annotation",
                        "java.lang.invoke",
                        "java.lang.runtime",
                        "java.math",
                        "java.time..",
                        "java.util",
                        "java.util.function",
                        "java.util.regex",
                        "java.util.stream",
                        "org.jspecify..")
                    .and(
                        not(
                            belongToAnyOf(
                                Clock.class, InstantSource.class, System.class, Thread.class)))),
        "core");
  }

  @Test
  void theDecisionAndItsShellKnowNoFramework() {
    DescribedPredicate<JavaClass> frameworks =
        resideInAnyPackage(
            "com.fasterxml.jackson..",
            "io.fabric8..",
            "io.javaoperatorsdk..",
            "io.netty..",
            "reactor..");
    for (String layer : Set.of("gate", "control", "budget")) {
      check(
          noClasses()
              .that()
              .resideInAPackage(packages(layer))
              .should()
              .dependOnClassesThat(frameworks),
          layer);
    }
  }

  @Test
  void theResourceNeedsJacksonAndCronOnly() {
    check(
        classes()
            .that()
            .resideInAPackage(packages("api"))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                packages("api"),
                packages("core"),
                "java..",
                "com.fasterxml.jackson..",
                "jakarta.enterprise.concurrent..",
                "org.jspecify.."),
        "api");
  }

  @Test
  void theDataPathNeedsNettyAndReactorOnly() {
    check(
        classes()
            .that()
            .resideInAPackage(packages("activator"))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                packages("activator"),
                packages("gate"),
                packages("budget"),
                packages("intake"),
                packages("core"),
                "java..",
                "io.netty..",
                "org.jspecify..",
                "org.reactivestreams..",
                "reactor.."),
        "activator");
  }

  @Test
  void theSupervisorsProtocolsNeedNettyAndReactorOnly() {
    check(
        classes()
            .that()
            .resideInAPackage(packages("supervisor"))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                packages("supervisor"), "java..", "io.netty..", "org.jspecify..", "reactor.."),
        "supervisor");
  }

  @Test
  void theIntakeNeedsNettyOnly() {
    check(
        classes()
            .that()
            .resideInAPackage(packages("intake"))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(packages("intake"), "java..", "io.netty..", "org.jspecify.."),
        "intake");
  }

  /** What is proved by simulation runs without a cluster. */
  @Test
  void theStakeProtocolNeedsJacksonOnly() {
    classes()
        .that()
        .resideInAnyPackage(PROTOCOL)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            BASE + ".kubernetes.status..",
            BASE + ".kubernetes.stake..",
            BASE + ".kubernetes.pass..",
            packages("control"),
            packages("gate"),
            packages("api"),
            packages("core"),
            "java..",
            "com.fasterxml.jackson.core..",
            "com.fasterxml.jackson.databind..",
            "org.jspecify..")
        .check(PRODUCTION);
  }

  /** Operator and activator meet in the API server only. */
  @Test
  void theTwoRolesDoNotKnowEachOther() {
    var strangers =
        Map.of(
            "activator", List.of("operator", "apply", "watch", "objects", "pass"),
            "operator", List.of("activator"),
            "apply", List.of("activator", "operator"),
            "pass", List.of("stake"),
            "stake", List.of("pass"));
    strangers.forEach(
        (role, others) ->
            noClasses()
                .that()
                .resideInAPackage(BASE + ".kubernetes." + role + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                    others.stream()
                        .map(other -> BASE + ".kubernetes." + other + "..")
                        .toArray(String[]::new))
                .check(PRODUCTION));
  }

  @Test
  void theOperatorFrameworkIsKnownToTheOperatorOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackages(BASE + ".kubernetes.operator..", BASE + ".kubernetes.watch..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.javaoperatorsdk..")
        .check(PRODUCTION);
  }

  /** So that {@code dormouse run} never loads what only the operator needs. */
  @Test
  void onlyKubernetesKnowsTheKubernetesLibraries() {
    noClasses()
        .that()
        .resideOutsideOfPackage(packages("kubernetes"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.fabric8..", "io.javaoperatorsdk..")
        .check(PRODUCTION);
  }

  @Test
  void onlyTheCommandLineKnowsPicocli() {
    noClasses()
        .that()
        .resideOutsideOfPackages(BASE, packages("cli"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("picocli..")
        .allowEmptyShould(presentPackages().isEmpty())
        .check(PRODUCTION);
  }

  /** A name alone says which class is meant: those of tests and of the bench count, too. */
  @Test
  void noTwoFilesHaveTheSameName() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      Map<String, List<Path>> named =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> !file.endsWith("package-info.java"))
              .collect(groupingBy(file -> file.getFileName().toString()));
      assertThat(named).hasSizeGreaterThan(PRODUCTION.size() / 4);
      assertThat(named.values()).allSatisfy(same -> assertThat(same).hasSize(1));
    }
  }

  /** NullAway looks only at marked packages. */
  @Test
  void everyPackageIsNullMarked() {
    assertThat(PRODUCTION.stream().map(JavaClass::getPackage).distinct())
        .allSatisfy(
            it -> assertThat(it.isAnnotatedWith(NullMarked.class)).as(it.getName()).isTrue());
  }

  /** A package that has not been written yet cannot break its rule. */
  private static void check(ArchRule rule, String layer) {
    rule.allowEmptyShould(!presentPackages().contains(layer)).check(PRODUCTION);
  }

  private static boolean mayUse(String layer, JavaClass type) {
    String used = layerOf(type.getPackage());
    return used.equals(layer) || ARROWS.getOrDefault(layer, Set.of()).contains(used);
  }

  private static boolean isOurs(JavaClass type) {
    return type.getPackageName().equals(BASE) || type.getPackageName().startsWith(BASE + ".");
  }

  private static Set<String> presentPackages() {
    return PRODUCTION.stream()
        .map(type -> layerOf(type.getPackage()))
        .filter(name -> !name.isEmpty())
        .collect(toSet());
  }

  /** The first segment below the root package; empty for the root package itself. */
  private static String layerOf(JavaPackage ours) {
    String name = ours.getName();
    return name.equals(BASE) ? "" : name.substring(BASE.length() + 1).replaceFirst("\\..*", "");
  }

  private static String packages(String layer) {
    return BASE + "." + layer + "..";
  }
}
