package io.reactorstack.dns.hierarchy;

import io.reactorstack.testing.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

/** Asks a server with the program dig, which runs in a namespace. */
public final class Dig {

  /** The time that dig waits for an answer before it asks again. */
  private static final Duration QUERY = Duration.ofSeconds(10);

  private static final Duration ALL = Duration.ofSeconds(90);
  private static final int MOST_PROCESSES = 8;
  private static final int QUESTIONS_PER_PROCESS = 20;
  private static final Pattern STATUS = Pattern.compile(";; ->>HEADER<<- opcode: QUERY, status: (\\w+), id: \\d+");
  private static final Pattern FLAGS = Pattern.compile(";; flags: ([a-z ]*);.*");
  private static final Pattern QUESTION = Pattern.compile(";(\\S+)\\s+IN\\s+(\\S+)");

  /**
   * An answer.
   *
   * @param expected the response code and the records
   * @param flags the flags of the header in lower case, for example {@code aa}
   */
  public record Answer(Expected expected, Set<String> flags) {}

  private final NetworkNamespace namespace;

  Dig(NetworkNamespace namespace) {
    this.namespace = namespace;
  }

  /**
   * Asks the server at {@code server} all {@code questions} and returns the answers in the same order.
   *
   * @param options options of dig, for example {@code +norecurse}
   * @throws AssertionError if the server does not answer one of them
   */
  public List<Answer> ask(Host server, List<Question> questions, String... options) {
    return ask(server.ipv4Text(), questions, options);
  }

  /**
   * Asks the server at the address {@code server} all {@code questions} and returns the answers in the same order.
   *
   * @throws AssertionError if the server does not answer one of them
   */
  public List<Answer> ask(String server, List<Question> questions, String... options) {
    int processes = Math.clamp(questions.size() / QUESTIONS_PER_PROCESS, 1, MOST_PROCESSES);
    List<List<Question>> parts = IntStream.range(0, processes).mapToObj(part -> IntStream.range(0, questions.size())
        .filter(i -> i % processes == part).mapToObj(questions::get).toList()).toList();
    List<NetworkNamespace.Server> running = parts.stream().map(part -> start(server, part, options)).toList();
    List<List<Answer>> answers = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      running.get(i).awaitExit(ALL);
      answers.add(parse(parts.get(i), running.get(i).output()));
    }
    return IntStream.range(0, questions.size()).mapToObj(i -> answers.get(i % processes).get(i / processes)).toList();
  }

  private NetworkNamespace.Server start(String server, List<Question> questions, String... options) {
    List<String> command = new ArrayList<>(List.of("dig", "@" + server, "+noall", "+comments", "+question",
        "+answer", "+noidnin", "+noidnout", "+tries=3", "+time=" + QUERY.toSeconds()));
    Collections.addAll(command, options);
    try {
      Path batch = Files.createTempFile(namespace.folder(), "questions", ".txt");
      command.addAll(List.of("-f", Files.write(batch, questions.stream().map(Question::toString).toList()).toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return namespace.start(command.toArray(String[]::new));
  }

  /** Parses what dig prints for {@code questions}. */
  static List<Answer> parse(List<Question> questions, String output) {
    List<Block> blocks = new ArrayList<>();
    for (String line : output.lines().toList()) {
      Matcher status = STATUS.matcher(line);
      if (status.matches()) {
        blocks.add(new Block(status.group(1)));
      } else if (!blocks.isEmpty()) {
        blocks.getLast().add(line);
      }
    }
    List<Answer> answers = new ArrayList<>();
    for (Question question : questions) {
      if (answers.size() == blocks.size() || !blocks.get(answers.size()).answers(question)) {
        throw new AssertionError("no answer to " + question + ": " + output);
      }
      answers.add(blocks.get(answers.size()).answer(question));
    }
    return answers;
  }

  /** The lines about one answer. */
  private static final class Block {

    private final String status;
    private final StringBuilder records = new StringBuilder();
    private Set<String> flags = Set.of();
    private @Nullable Question question;

    Block(String status) {
      this.status = status;
    }

    void add(String line) {
      Matcher flagsLine = FLAGS.matcher(line);
      Matcher questionLine = QUESTION.matcher(line);
      if (flagsLine.matches()) {
        flags = Set.copyOf(Arrays.asList(flagsLine.group(1).split(" ")));
      } else if (questionLine.matches()) {
        question = new Question(questionLine.group(1), questionLine.group(2));
      } else if (!line.startsWith(";")) {
        records.append(line).append('\n');
      }
    }

    /** A server that refuses may leave the question out. */
    boolean answers(Question asked) {
      return question == null
          || question.dnsName().equals(asked.dnsName()) && question.dnsType() == asked.dnsType();
    }

    Answer answer(Question asked) {
      List<Record> parsed = HostedZone.parse(records.toString());
      return new Answer(Expected.of(asked, Rcode.value(status.toUpperCase(Locale.ROOT)), parsed), flags);
    }
  }
}
