package io.reactorstack.consumer;

import static io.reactorstack.consumer.Publication.property;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ExternalCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Follows the tutorial exactly: its sources, its failing seed with the story, and its fix. */
@TestMethodOrder(MethodOrderer.MethodName.class)
class TutorialTest {

  private static final Path TUTORIAL = Path.of("..", "test", "docs", "tutorial.md");

  private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);
  private static final String SOURCE = "// ";

  /** A code block of the tutorial. */
  private record Block(String language, String text) {

    boolean isSource() { return language.equals("java") && text.startsWith(SOURCE); }

    void writeInto(Path project) throws IOException {
      Path file = project.resolve(text.substring(SOURCE.length(), text.indexOf('\n')));
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }
  }

  private static List<Block> blocks;
  private static ConsumerBuild build;

  @BeforeAll
  static void read() throws IOException {
    blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(Files.readString(TUTORIAL));
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
    build = ConsumerBuild.ofThisBuild();
  }

  private static List<Block> sources() {
    return blocks.stream().filter(Block::isSource).toList();
  }

  @Test
  void aPomOfTheTutorialEqualsTheTestedPom() throws IOException {
    String tried = squeezed(Files.readString(build.folder("tutorial").resolve("pom.xml"))
        .replace("${reactor-stack.version}", property("project.version")).replace("${junit.version}",
            property("junit.version")));
    String written = blocks.stream().filter(block -> block.language.equals("xml")).findFirst().orElseThrow().text;
    List<String> parts = List.of("dependencyManagement", "dependencies", "argLine");
    for (String part : parts) {
      Matcher matcher = Pattern.compile("<" + part + ">.*</" + part + ">", Pattern.DOTALL).matcher(written);
      assertThat(matcher.find()).as(part).isTrue();
      assertThat(tried).contains(squeezed(matcher.group()));
    }
    assertThat(written).contains("<version>" + property("plugin.surefire.version") + "</version>");
  }

  @Test
  void bSeedOfTheTutorialFailsWithItsStory() throws IOException {
    List<Block> first = sources().subList(0, 3);
    for (Block source : first) {
      source.writeInto(build.folder("tutorial"));
    }
    String output = build.test("tutorial").output();
    assertThat(output).contains("Tests run: 20, Failures: 2, Errors: 0");
    List<Block> shown = blocks.stream().filter(block -> block.language.equals("text")).toList();
    assertThat(shown).hasSize(2);
    shown.forEach(block -> assertThat(output).contains(block.text.lines().map(String::strip).toList()));
  }

  @Test
  void cFixedBankChargesOnce() throws IOException {
    mend();
    ExternalCommand.Result passed = build.test("tutorial", "-Dlab.seeds=100");
    assertThat(passed.orThrow()).contains("Tests run: 100, Failures: 0, Errors: 0");
  }

  @Test
  @Tag("long")
  void dFixedBankChargesOnceInAThousandWorlds() throws IOException {
    mend();
    ExternalCommand.Result passed = build.test("tutorial", "-Dlab.seeds=1000");
    assertThat(passed.orThrow()).contains("Tests run: 1000, Failures: 0, Errors: 0");
  }

  private static void mend() throws IOException {
    for (Block source : sources()) {
      source.writeInto(build.folder("tutorial"));
    }
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s+", " ");
  }
}
