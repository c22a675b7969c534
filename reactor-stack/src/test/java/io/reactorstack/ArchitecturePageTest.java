package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The architecture page: its picture, its table and its call chains are generated from the code, and the types that it names exist.
 * {@code -Ddocs.write=true} writes the generated parts into the page.
 */
class ArchitecturePageTest {

  private static final Path PAGE = Path.of("ARCHITECTURE.md");
  private static final Path SOURCES = Path.of("src/main/java/io/reactorstack");
  private static final boolean WRITE = Boolean.getBoolean("docs.write");
  private static final Pattern TYPE = Pattern.compile("`([a-z.]*\\.)?([A-Z][A-Za-z]+)(?:\\.[a-zA-Z(]+[^`]*)?`");

  /** Types of libraries, and types within another type. */
  private static final List<String> KNOWN_ELSEWHERE = List.of("Ticker", "Flux", "Factory", "Rare",
      "NoRouteToHostException");

  @Test
  void pictureShowsTheLayers() throws IOException {
    checkPart("layers", picture());
  }

  @Test
  void tableListsThePackages() throws IOException {
    checkPart("packages", table());
  }

  @Test
  void receivedFrameTakesThisPath() throws IOException {
    checkPart("received", fenced(new FramePaths().received()));
  }

  @Test
  void segmentIsBuiltByThisPath() throws IOException {
    checkPart("polled", fenced(new FramePaths().polled()));
  }

  @Test
  void sentFrameTakesThisPath() throws IOException {
    checkPart("sent", fenced(new FramePaths().sent()));
  }

  @Test
  void namedTypesExist() throws IOException {
    List<String> names;
    try (var files = Files.walk(Path.of("src"))) {
      names = files.map(file -> file.getFileName().toString()).filter(file -> file.endsWith(".java"))
          .map(file -> file.substring(0, file.length() - ".java".length())).toList();
    }
    List<String> unknown = new ArrayList<>();
    Matcher types = TYPE.matcher(Files.readString(PAGE));
    while (types.find()) {
      String name = types.group(2);
      if (!names.contains(name) && !KNOWN_ELSEWHERE.contains(name)) {
        unknown.add(types.group());
      }
    }
    assertThat(unknown).as("types named on the page").isEmpty();
  }

  private static void checkPart(String part, String expected) throws IOException {
    String begin = "<!-- " + part + ": generated -->\n";
    String page = Files.readString(PAGE);
    int from = page.indexOf(begin) + begin.length();
    int to = page.indexOf("<!-- end of " + part + " -->");
    if (WRITE) {
      Files.writeString(PAGE, page.substring(0, from) + expected + page.substring(to));
      return;
    }
    assertThat(page.substring(from, to)).as("run this test with -Ddocs.write=true").isEqualTo(expected);
  }

  /** Returns a line for each level of the packages: a package is one level above the highest package that it uses. */
  private static String picture() {
    Map<String, Set<String>> used = ArchitectureTest.usedPackages();
    Map<String, Integer> levels = new LinkedHashMap<>();
    for (String name : ArchitectureTest.PACKAGES) {
      levels.put(name, used.get(name).stream().filter(other -> !other.equals(name)).filter(levels::containsKey)
          .mapToInt(other -> levels.get(other) + 1).max().orElse(0));
    }
    int top = levels.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    List<String> lines = new ArrayList<>();
    for (int level = top; level >= 0; level--) {
      int current = level;
      lines.add(levels.entrySet().stream().filter(entry -> entry.getValue() == current)
          .map(entry -> entry.getKey().isEmpty() ? "(root)" : entry.getKey()).collect(Collectors.joining("   ")));
    }
    return fenced(lines);
  }

  private static String table() throws IOException {
    StringBuilder table = new StringBuilder("| package | | contents |\n|---|---|---|\n");
    for (String name : ArchitectureTest.PACKAGES) {
      List<String> marks = new ArrayList<>();
      if (ArchitectureTest.PURE.contains(name)) {
        marks.add("pure");
      }
      if (ArchitectureTest.isApi(name)) {
        marks.add("API");
      }
      table.append("| ").append(name.isEmpty() ? "(root)" : "`" + name + "`").append(" | ")
          .append(String.join(", ", marks)).append(" | ").append(firstSentence(name)).append(" |\n");
    }
    return table.toString();
  }

  private static String fenced(List<String> lines) {
    return "```\n" + String.join("\n", lines) + "\n```\n";
  }

  /** Returns the first sentence of the package's page as plain text. */
  private static String firstSentence(String name) throws IOException {
    String source = Files.readString(SOURCES.resolve(name.replace('.', '/')).resolve("package-info.java"));
    int from = source.indexOf("/**");
    String text = source.substring(from + 3, source.indexOf("*/", from)).replaceAll("(?m)^ \\* ?", "")
        .replaceAll("\\{@(?:link|code) (?:[a-z.]*\\.)?([^}]*)}", "$1").replaceAll("\\s+", " ").strip();
    int paragraph = text.indexOf("<p>");
    String first = paragraph < 0 ? text : text.substring(0, paragraph);
    int end = first.indexOf(". ");
    return (end < 0 ? first : first.substring(0, end + 1)).strip();
  }
}
