package io.reactorstack.http.fetch;

import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.DnsResponse;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/**
 * The {@code dig} command: asks DNS servers and prints the answer as BIND's dig does, or walks from the root to the answer
 * and draws the way.
 */
@Command(name = "dig", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, description = {
    "Asks DNS servers from its own TCP/IP stack.",
    "The exit code is 0 if a server has answered, whatever the answer; with --trace, if the walk has found an answer."}, footerHeading = "%nNames of the simulated network dns:%n", footer = {
        "  www.example.test       an address, which has a name, too: -x 10.1.9.80",
        "  web.example.test       an alias in another zone",
        "  www.old.example.test   below a DNAME",
        "  example.test           MX and TXT",
        "  big.example.test       TXT that needs TCP",
        "  www.outside.test       the address of its server must be found first",
        "  www.slow.test          one of its two servers is silent",
        "  www.broken.test        its server does not have the zone",
        "  www.example.lab        an address in another TLD"})
final class Dig extends StackCommand {

  private static final int PORT = 53;

  /** The longest time that a resolver waits for an answer. */
  private static final Duration LONGEST = Duration.ofHours(1);

  @Parameters(arity = "0..*", paramLabel = "[@SERVER[#PORT]] [NAME] [TYPE]", hideParamSyntax = true, description = "The server, by default that of the network; the name, by default the root; the type of records, by default A, and NS for the root. In any order.")
  private List<String> words = new ArrayList<>();

  @Option(names = "-x", paramLabel = "ADDRESS", description = "Ask for the name of this address.")
  private @Nullable IpAddress reverse;

  @Option(names = "-t", paramLabel = "TYPE", description = "The type of records.")
  private @Nullable String type;

  @Option(names = "-p", paramLabel = "PORT", description = "The port of the server; 53 by default.")
  private @Nullable Integer port;

  @Option(names = {"--trace",
      "+trace"}, description = "Ask the servers of the root, follow their referrals, and draw the way. Needs --lab dns or a real network.")
  private boolean trace;

  @Option(names = {"--tcp", "+tcp"}, description = "Ask over TCP only.")
  private boolean tcp;

  @Option(names = {"--short", "+short"}, description = "Print only the data of the answer.")
  private boolean brief;

  @Option(names = {"--no-edns", "+noedns"}, description = "Ask without EDNS.")
  private boolean noEdns;

  @Option(names = {"--timeout",
      "+time"}, paramLabel = "SECONDS", description = "Time to wait for an answer before the query is repeated, 5 by default; with --trace for the whole walk, not limited by default.")
  private @Nullable Duration timeout;

  @Option(names = "--root-hints", paramLabel = "FILE", description = "With --trace on a real network: the names and addresses of the root's servers, as in named.root; those of the internet by default.")
  private @Nullable Path rootHints;

  private String hints = "";

  Dig(boolean ascii) {
    super(ascii, LabOptions.Kind.DNS);
  }

  @Override
  void checkOptions() {
    DigQuestion asked = DigQuestion.of(words, type, reverse);
    if (port != null) {
      DigQuestion.checked(port);
    }
    if (timeout != null && timeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("--timeout must not be above an hour");
    }
    if (trace && asked.server() != null) {
      throw new IllegalArgumentException("--trace starts at the servers of the root, not at @" + asked.server());
    }
    if (trace && !isReal() && labKind() != LabOptions.Kind.DNS) {
      throw new IllegalArgumentException(
          "--trace needs --lab dns or a real network: there is no root in --lab " + labKind());
    }
    if (rootHints != null) {
      if (!trace || !isReal()) {
        throw new IllegalArgumentException("--root-hints is for --trace on a real network");
      }
      hints = read(rootHints);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException("--root-hints: cannot read " + file, e);
    }
  }

  @Override
  ExitCode run(FetchNetwork world) {
    DigQuestion asked = DigQuestion.of(words, type, reverse);
    DnsStep.Question question = new DnsStep.Question(relative(asked.name()), asked.type());
    DnsResolver resolver = (trace ? walking(world) : asking(world, asked)).tcpOnly(tcp).edns(!noEdns);
    try {
      DnsResponse response = world.await(limited(world, resolver.query(asked.name(), asked.type())));
      print(DigResult.of(question, Objects.requireNonNull(response)));
      return ExitCode.OK;
    } catch (RuntimeException e) {
      if (!(Exceptions.unwrap(e) instanceof DnsException failure)) {
        throw e;
      }
      DigResult result = DigResult.of(question, failure);
      print(result);
      if (isAnswered(result)) {
        return ExitCode.OK;
      }
      throw e;
    }
  }

  private static String relative(String name) {
    return name.length() > 1 && name.endsWith(".") && !name.endsWith("\\.")
        ? name.substring(0, name.length() - 1)
        : name;
  }

  /** A walk has an answer if the name has records, or certainly none; a server has answered whatever it says. */
  private boolean isAnswered(DigResult result) {
    return result.isCertain() || !trace && result.last() != null;
  }

  private DnsResolver walking(FetchNetwork world) {
    DnsResolver resolver = DnsResolver.create(world.client());
    if (world instanceof DnsLab) {
      return resolver.iterative(DnsLab.roots());
    }
    if (rootHints == null) {
      return resolver.iterative();
    }
    try {
      return resolver.iterative(new StringReader(hints));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalArgumentException e) {
      throw wrong("--root-hints: " + e.getMessage());
    }
  }

  private DnsResolver asking(FetchNetwork world, DigQuestion asked) {
    DnsResolver resolver = world.resolver().queryTimeout(timeout == null ? Duration.ofSeconds(5) : timeout);
    int chosen = asked.port() != 0 ? asked.port() : port != null ? port : PORT;
    if (asked.server() == null) {
      return port == null
          ? resolver
          : resolver
              .servers(resolver.servers().stream().map(server -> new Endpoint(server.address(), chosen)).toList());
    }
    List<IpAddress> addresses = IpAddress.isLiteral(asked.server())
        ? List.of(IpAddress.parse(asked.server()))
        : Objects.requireNonNull(world.await(world.resolver().resolve(asked.server()).collectList()));
    return resolver.servers(addresses.stream().map(address -> new Endpoint(address, chosen)).toList());
  }

  private Mono<DnsResponse> limited(FetchNetwork world, Mono<DnsResponse> response) {
    Duration limit = timeout;
    return limit == null || !trace
        ? response
        : response.timeout(limit, Mono.error(() -> new TimeoutException(
            "not finished within " + limit.toMillis() / 1000.0 + " s")), world.scheduler());
  }

  private void print(DigResult result) {
    if (brief) {
      DigText.brief(result).forEach(this::print);
      return;
    }
    if (trace && !result.path().steps().isEmpty()) {
      WalkPicture.lines(result.path(), isAscii()).forEach(this::print);
      print("");
    }
    DnsStep last = result.last();
    if (last != null && isAnswered(result)) {
      last.response().ifPresent(response -> {
        DigText.message(result, last, response).forEach(this::print);
        if (!trace) {
          DigText.exchange(last, response).forEach(this::print);
        }
      });
    }
    if (trace) {
      int queries = result.path().steps().size();
      print(";; Total: " + queries + (queries == 1 ? " query, " : " queries, ") + result.path().elapsed().toMillis()
          + " msec");
    }
  }
}
