package io.reactorstack.dns.hierarchy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests the questions, and how dig's output is read, without servers. */
class NamesTest {

  private static final Question WWW = new Question("www.alpha.test.", "A");
  private static final Question OTHER = new Question("other.alpha.test.", "A");

  private static final String OUTPUT = """
      ;; Truncated, retrying in TCP mode.
      ;; Got answer:
      ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 3322
      ;; flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1

      ;; OPT PSEUDOSECTION:
      ; EDNS: version: 0, flags:; udp: 1232
      ;; QUESTION SECTION:
      ;www.alpha.test.\t\tIN\tA

      ;; ANSWER SECTION:
      WWW.alpha.test.\t3600\tIN\tCNAME\tWeb.alpha.test.
      web.alpha.test.\t60\tIN\tA\t10.0.0.1
      """;

  private static final String REFUSED = """
      ;; Got answer:
      ;; ->>HEADER<<- opcode: QUERY, status: REFUSED, id: 3323
      ;; flags: qr rd; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0
      """;

  @Test
  void thereAreQuestionsOfEveryKind() {
    List<Question> all = Names.all();
    assertThat(all).hasSizeGreaterThan(900).doesNotHaveDuplicates();
    assertThat(all).contains(WWW, new Question("raw.alpha.test.", "TYPE65280"),
        new Question("any.wild.test.", "A"), new Question("nothing.www.alpha.test.", "A"),
        new Question("levels.alpha.test.", "A"), new Question("www.tree.dname.test.", "A"),
        new Question("www.cyclea.test.", "A"), new Question("WWW.ALPHA.TEST.", "A"));
    assertThat(all).as("a name with one more label would be too long")
        .noneMatch(question -> question.name().startsWith("nothing.abc") && question.name().length() > 250);
    assertThat(Names.disputed()).hasSize(4);
    assertThat(Names.undisputed()).hasSize(all.size() - 4);
  }

  @Test
  void everyAnswerByHandIsToAQuestion() {
    assertThat(Names.all()).containsAll(ExpectedFile.read().stream().map(Expected::question).toList());
  }

  @Test
  void digsAnswersAreRead() {
    List<Dig.Answer> answers = Dig.parse(List.of(WWW, OTHER), OUTPUT + REFUSED);
    assertThat(answers).containsExactly(
        new Dig.Answer(new Expected(WWW, "NOERROR",
            Set.of("www.alpha.test. CNAME web.alpha.test.", "web.alpha.test. A 10.0.0.1")), Set.of("qr", "aa", "rd")),
        new Dig.Answer(new Expected(OTHER, "REFUSED", Set.of()), Set.of("qr", "rd")));
  }

  @Test
  void aMissingAnswerIsNoticed() {
    assertThatThrownBy(() -> Dig.parse(List.of(OTHER, WWW), OUTPUT)).isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("no answer to other.alpha.test. A");
    assertThatThrownBy(() -> Dig.parse(List.of(WWW, OTHER), OUTPUT)).isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("no answer to other.alpha.test. A");
  }

  @Test
  void differencesAreDescribed() {
    Expected right = new Expected(WWW, "NOERROR", Set.of("www.alpha.test. A 10.0.0.1", "www.alpha.test. A 10.0.0.2"));
    assertThat(Expected.differences(List.of(right), question -> right)).isEmpty();
    assertThat(Expected.differences(List.of(right), question -> new Expected(WWW, "NXDOMAIN",
        Set.of("www.alpha.test. A 10.0.0.2", "www.alpha.test. A 10.0.0.3"))))
        .containsExactly("www.alpha.test. A: NOERROR expected, NXDOMAIN received; missing "
            + "[www.alpha.test. A 10.0.0.1], surplus [www.alpha.test. A 10.0.0.3]");
  }
}
