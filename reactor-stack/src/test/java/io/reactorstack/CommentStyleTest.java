package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Refuses the patterns of unclear comments that have come back most often, in the Java sources of all modules. */
class CommentStyleTest {

  private static final Path PROJECT = Path.of("..");

  /** A pattern that a source must not contain, and the advice for its author. */
  private record Rule(Pattern pattern, String advice) {}

  private static final String HEADS = "What|Whatever|Who|Whom|Whose|Whoever|Somebody|Someone|Nobody|Everybody";
  private static final String COMMENT_LINE = "(?m)^[^\"\n]*?(?:/\\*\\*|^\\s*\\*|//)[^\n]*?";

  private static final List<Rule> RULES = List.of(
      rule("/\\*\\*\\s*(?:\\* )?(?:" + HEADS + "|How|Where|When|Until)\\b",
          "a Javadoc begins with a noun or a verb: \"The limit of ...\", \"Returns ...\", \"True if ...\""),
      rule("(?m)(?:^|[;{}]) *// (?:" + HEADS + "|How (?:often|long|many|much))\\b",
          "a comment begins with its subject, not with \"What\", \"Who\" or \"How often\""),
      rule(COMMENT_LINE + "\\b(?:is|are|was|were|be|been|being) (?:not |never |only |also )?told\\b",
          "\"is told\": name the actor and the call, such as \"the listener receives ...\""),
      rule(COMMENT_LINE + "\\b(?:errs|erred|(?:to|not|may|can|would|must) err)\\b",
          "\"err\" as a verb: write \"fails with\""),
      rule("/\\*\\*(?:(?!\\*/)[^.]|\\.(?=\\S))*\\.\\s*\\*/\\s*(?:@NullMarked\\s+)?package\\s",
          "the page of a package has one sentence: add which types to read first, and how data passes through"));

  private static Rule rule(String pattern, String advice) {
    return new Rule(Pattern.compile(pattern), advice);
  }

  @Test
  void commentsFollowTheRules() throws IOException {
    List<Path> sources;
    try (Stream<Path> files = Files.walk(PROJECT)) {
      sources = files.filter(file -> file.toString().endsWith(".java"))
          .filter(file -> file.toString().contains("/src/") && !file.toString().contains("/target/"))
          .filter(file -> !file.endsWith("CommentStyleTest.java")).toList(); // its samples violate the rules
    }
    assertThat(sources).hasSizeGreaterThan(1000);

    List<String> violations = new ArrayList<>();
    for (Path source : sources) {
      violations.addAll(violations(source.toString(), Files.readString(source)));
    }
    assertThat(violations).isEmpty();
  }

  @Test
  void eachRuleFindsItsPattern() {
    assertThat(violations("package-info.java", """
        /** A page of one sentence. */
        package sample;
        """)).singleElement().asString().startsWith("package-info.java:1: the page of a package");

    assertThat(violations("Sample.java", """
        /** What a sample is. */
        class Sample {
          // Who calls it.
          int times;
          int limit; // How often it is called.
          /**
           * When it ends.
           */
          long end;
          // The listener is not told.
          int listeners;
          /** Calls that
           * err, and one that errs. */
          int calls;
        }
        """)).satisfiesExactly(
        line -> assertThat(line).startsWith("Sample.java:1: a Javadoc begins"),
        line -> assertThat(line).startsWith("Sample.java:6: a Javadoc begins"),
        line -> assertThat(line).startsWith("Sample.java:3: a comment begins"),
        line -> assertThat(line).startsWith("Sample.java:5: a comment begins"),
        line -> assertThat(line).startsWith("Sample.java:10: \"is told\""),
        line -> assertThat(line).startsWith("Sample.java:13: \"err\" as a verb"));
  }

  @Test
  void plainCommentsPass() {
    assertThat(violations("package-info.java", """
        /**
         * A page.
         *
         * <p>Its second sentence.
         */
        package sample;
        """)).isEmpty();

    assertThat(violations("Sample.java", """
        /** A sample. What follows is not its head. */
        class Sample {
          // The number of calls.
          int calls;
          String text = "// What a text is told";
        }
        """)).isEmpty();
  }

  private static List<String> violations(String name, String source) {
    List<String> found = new ArrayList<>();
    for (Rule rule : RULES) {
      Matcher matcher = rule.pattern().matcher(source);
      while (matcher.find()) {
        long line = source.substring(0, matcher.start()).lines().count()
            + (startsLine(source, matcher.start()) ? 1 : 0);
        found.add(name + ":" + line + ": " + rule.advice());
      }
    }
    return found;
  }

  private static boolean startsLine(String source, int index) {
    return index == 0 || source.charAt(index - 1) == '\n';
  }
}
