package io.reactorstack.consumer;

import static io.reactorstack.consumer.Publication.property;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ExternalCommand;
import java.io.File;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

/** Checks which jars a project that depends on the artefacts receives, and that it runs with them. */
class ConsumerTest {

  private static final String MAIN = "demo.Page";

  private static final String NAMES = "demo.names.Names";

  private static final List<String> PAGES = List.of("HTTP11: a page over 1", "H2C: a page over 2",
      "websocket: an echo");

  private static final Publication PUBLICATION = Publication.ofThisBuild();

  /**
   * The groups of the jars that a project with reactor-stack-http receives; a POM of this build gives the reason for
   * each.
   */
  private static final Set<String> GROUPS = Set.of("io.reactorstack", "io.netty", "io.projectreactor",
      "io.projectreactor.netty", "org.reactivestreams", "org.jspecify", "dnsjava", "org.slf4j",
      "com.github.ben-manes.caffeine", "com.google.errorprone");

  private static ConsumerBuild build;

  @BeforeAll
  static void buildTheProjects() throws IOException {
    build = ConsumerBuild.ofThisBuild();
  }

  static Stream<String> artefacts() {
    return PUBLICATION.artefacts().stream();
  }

  @Test
  void librariesCommandAndBomArePublishedAndNothingElse() {
    assertThat(PUBLICATION.artefacts()).containsExactlyInAnyOrder(
        "reactor-stack", "reactor-stack-bom", "reactor-stack-dns", "reactor-stack-dns-jvm", "reactor-stack-fetch",
        "reactor-stack-http", "reactor-stack-test");
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor-stack", "reactor-stack-dns", "reactor-stack-dns-jvm", "reactor-stack-http",
      "reactor-stack-fetch", "reactor-stack-test"})
  void jarsComeWithSourcesAndJavadoc(String artefact) {
    String name = artefact + "-" + property("project.version");
    assertThat(PUBLICATION.files(artefact)).contains(name + ".jar", name + "-sources.jar", name + "-javadoc.jar");
  }

  @ParameterizedTest
  @MethodSource("artefacts")
  void pomsNeedNoParent(String artefact) {
    String text = PUBLICATION.pom(artefact);
    assertThat(text).doesNotContain("${", "<parent>", "<scope>test</scope>", "<repositories>", "<build>");
    Element pom = Publication.parse(text);
    assertThat(List.of("name", "description", "licenses", "developers"))
        .allSatisfy(element -> assertThat(pom.getElementsByTagName(element).getLength()).as(element).isPositive());
  }

  @ParameterizedTest
  @MethodSource("artefacts")
  void pomsNameTheVersionsOfTheBuild(String artefact) {
    Element pom = Publication.parse(PUBLICATION.pom(artefact));
    var dependencies = pom.getElementsByTagName("dependency");
    assertThat(IntStream.range(0, dependencies.getLength()).mapToObj(i -> (Element) dependencies.item(i)))
        .isNotEmpty().allSatisfy(dependency -> {
          String name = child(dependency, "groupId") + ":" + child(dependency, "artifactId");
          String version = child(dependency, "version");
          if (name.startsWith("io.netty:")) {
            assertThat(version).as(name).isEqualTo(property("netty.version"));
          } else if (name.startsWith("io.reactorstack:")) {
            assertThat(version).as(name).isEqualTo(property("project.version"));
          } else if (name.endsWith(":reactor-bom")) {
            assertThat(version).as(name).isEqualTo(property("reactor-bom.version"));
          }
        });
  }

  /** The project "page" has one dependency and no BOM; "managed" has the BOM and its own Reactor Netty. */
  @ParameterizedTest
  @ValueSource(strings = {"page", "managed"})
  void resolvedJarsHaveOneNettyVersionAndOnlyExpectedGroups(String project) throws IOException {
    List<String> jars = build.coordinates(project);
    assertThat(build.jars(project)).allSatisfy(jar -> assertThat(jar).isRegularFile());
    assertThat(jars.stream().filter(jar -> jar.startsWith("io/netty/")).map(ConsumerTest::version))
        .isNotEmpty().containsOnly(property("netty.version"));
    assertThat(jars.stream().map(ConsumerTest::group).collect(Collectors.toSet())).isEqualTo(GROUPS);
    assertThat(jars.stream().filter(jar -> jar.startsWith("org/slf4j/")))
        .singleElement().asString().startsWith("org/slf4j/slf4j-api/2.");
    assertThat(jars).as("one version of each").doesNotHaveDuplicates();
    assertThat(jars.stream().map(jar -> jar.substring(jar.lastIndexOf('/') + 1).replaceAll("-\\d[^-]*", "")))
        .doesNotHaveDuplicates();
  }

  @Test
  void pageIsFetchedOnTheClassPath() throws IOException {
    String printed = ConsumerBuild.java("--enable-native-access=ALL-UNNAMED", "-cp", build.path("page"), MAIN);
    assertThat(printed.lines()).contains("demo runs on the class path").containsAll(PAGES);
    assertThat(printed).doesNotContain("WARNING", "Exception");
  }

  @Test
  void pageIsFetchedOnTheModulePath() throws IOException {
    String printed = ConsumerBuild.java("--enable-native-access=io.netty.common",
        "-p", build.path("page"), "-m", "demo/" + MAIN);
    assertThat(printed.lines()).contains("demo runs as a module").containsAll(PAGES);
    assertThat(printed).doesNotContain("WARNING", "Exception");
  }

  @Test
  void jvmResolvesNamesOnTheClassPath() throws IOException {
    String printed = ConsumerBuild.java("--enable-native-access=ALL-UNNAMED", "-cp", build.path("names"), NAMES);
    assertThat(printed.lines()).contains("demo runs on the class path", "db.test/10.0.0.5");
  }

  /** The JDK finds the resolver in the module path by itself. */
  @Test
  void jvmResolvesNamesOnTheModulePath() throws IOException {
    String printed = ConsumerBuild.java("--enable-native-access=io.netty.common", "-p", build.path("names"), "-m",
        "demo.names/" + NAMES);
    assertThat(printed.lines()).contains("demo runs as a module", "db.test/10.0.0.5");
  }

  /**
   * Reactor Netty is an automatic module, which requires nothing. The modules of this project must therefore require
   * each module that it uses; otherwise a class is missing when a user uses TLS, a proxy or HTTP/3.
   */
  @Test
  void moduleGraphContainsEveryModuleOfThePath() throws IOException {
    ModuleFinder path = ModuleFinder.of(
        Arrays.stream(build.path("page").split(File.pathSeparator)).map(Path::of).toArray(Path[]::new));
    Set<String> graph = Configuration.resolve(path, List.of(ModuleLayer.boot().configuration()),
        ModuleFinder.ofSystem(), Set.of("demo")).modules().stream().map(ResolvedModule::name)
        .collect(Collectors.toSet());
    assertThat(path.findAll().stream().map(ModuleReference::descriptor)
        .filter(module -> !module.isAutomatic()).map(ModuleDescriptor::name)
        .filter(name -> !graph.contains(name)))
        .as("modules that are not required: annotations, and native libraries, which are the user's choice")
        .allMatch(name -> name.matches(
            "io\\.netty\\..*\\.(linux|osx|windows)\\..*|io\\.netty\\.transport\\.classes\\.epoll|.*\\.classes\\.macos"
                + "|com\\.google\\.errorprone\\.annotations|org\\.jspecify"));
  }

  // ---- labs in JUnit

  private static final List<String> WORLDS = List.of("seed 1, PT0S SUCCESSFUL", "seed 2, PT0S SUCCESSFUL",
      "seed 1, PT1H SUCCESSFUL", "seed 2, PT1H SUCCESSFUL");

  @Test
  void testArtefactBringsTheApiOfJUnitAndNoEngine() {
    Element pom = Publication.parse(PUBLICATION.pom("reactor-stack-test"));
    var dependencies = pom.getElementsByTagName("dependency");
    assertThat(IntStream.range(0, dependencies.getLength()).mapToObj(i -> (Element) dependencies.item(i))
        .filter(dependency -> child(dependency, "groupId").startsWith("org.junit"))
        .map(dependency -> child(dependency, "artifactId")
            + (dependency.getElementsByTagName("optional").getLength() == 0 ? "" : " if wished")))
        .containsExactlyInAnyOrder("junit-jupiter-api", "junit-jupiter-params if wished",
            "junit-platform-launcher if wished");
  }

  @Test
  void testsRunInWorldsOnTheClassPath() throws IOException {
    String printed = ConsumerBuild.java("--enable-native-access=ALL-UNNAMED", "--add-opens",
        "java.base/java.lang=ALL-UNNAMED",
        "-cp", build.path("world"), "demo.world.Run");
    assertThat(printed.lines()).contains("demo runs on the class path").containsAll(WORLDS);
  }

  @Test
  void testsRunInWorldsOnTheModulePath() throws IOException {
    String printed = ConsumerBuild.java("--enable-native-access=io.netty.common,io.reactorstack", "--add-opens",
        "java.base/java.lang=io.reactorstack,io.reactorstack.test", "-p", build.path("world"), "-m",
        "demo.world/demo.world.Run");
    assertThat(printed.lines()).contains("demo runs as a module").containsAll(WORLDS);
  }

  /** Checks the text that Maven prints for failing seeds, and that the printed command runs the one seed again. */
  @Test
  void commandInMavensSummaryRepeatsTheSeed() {
    assertThat(build.test("orders", "-Dtest=OrdersTest#pass", "-Dlab.seeds=101-107").orThrow())
        .contains("Tests run: 7, Failures: 0, Errors: 0").doesNotContain("The lab does not take over", "lab: ");

    ExternalCommand.Result failed = build.test("orders");
    assertThat(failed.exitCode()).isNotZero();
    assertThat(failed.output()).contains("Tests run: 10, Failures: 3, Errors: 2")
        .containsPattern(
            "ERROR.*OrdersTest\\.fail.*seed 3 \\(mvn test -Dtest=OrdersTest#fail -Dlab.seed=3\\): the days ==> expected")
        .contains("the world of seed 3 at 24 h");
    assertThat(failed.output().lines().filter(line -> line.contains("seed 2 (mvn test '-Dtest=OrdersTest$Late#stall'")))
        .isNotEmpty();

    assertThat(build.test("orders", "-Dtest=OrdersTest#fail", "-Dlab.seed=3").output())
        .contains("Tests run: 1, Failures: 1, Errors: 0").contains("seed 3 (mvn test");
    assertThat(build.test("orders", "-Dtest=OrdersTest$Late#stall", "-Dlab.seed=2").output())
        .contains("Tests run: 1, Failures: 0, Errors: 1").contains("seed 2 (mvn test");
  }

  @Test
  void readmeNamesThePublishedArtefacts() throws IOException {
    String version = property("project.version");
    assertThat(Files.readString(Path.of("..", "..", "README.md"))).contains(
        "<artifactId>reactor-stack-http</artifactId>", "<version>" + version + "</version>",
        "io.reactorstack:reactor-stack-bom:" + version, "Netty " + property("netty.version").replace(".Final", ""));
  }

  @Test
  void commandRunsFromTheRepository() throws IOException {
    Path jar = build.jar("reactor-stack-fetch", "all");
    assertThat(jar).isRegularFile();
    assertThat(Files.size(jar)).isGreaterThan(1_000_000);
    assertThat(ConsumerBuild.java("-jar", jar.toString())).startsWith("<!DOCTYPE html>").endsWith("</html>\n");
  }

  private static String group(String jar) {
    String[] parts = jar.split("/");
    return String.join(".", Arrays.copyOf(parts, parts.length - 3));
  }

  private static String version(String jar) {
    String[] parts = jar.split("/");
    return parts[parts.length - 2];
  }

  private static String child(Element parent, String name) {
    return parent.getElementsByTagName(name).item(0).getTextContent().strip();
  }
}
