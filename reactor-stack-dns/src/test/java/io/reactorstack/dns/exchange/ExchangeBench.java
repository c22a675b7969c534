package io.reactorstack.dns.exchange;

import io.reactorstack.dns.FakeServers;
import io.reactorstack.dns.FakeServers.Asked;
import io.reactorstack.dns.FakeServers.Behaviour;
import io.reactorstack.dns.VirtualDnsHost;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import reactor.core.Disposable;

/** An exchange with fake servers, in virtual time. */
final class ExchangeBench {

  static final Endpoint S1 = new Endpoint(IpAddress.parse("192.0.2.1"), 53);
  static final Endpoint S2 = new Endpoint(IpAddress.parse("192.0.2.2"), 53);

  /** The number of the option that carries a cookie (RFC 7873 section 4). */
  static final int COOKIE = 10;

  /** The outcome of one exchange. */
  static final class Outcome {
    final List<Reply> replies = new ArrayList<>();
    @Nullable
    Throwable error;
    Disposable subscription;

    boolean isOver() {
      return error != null || !replies.isEmpty();
    }

    Reply reply() {
      if (error != null) {
        throw new AssertionError("the exchange failed", error);
      }
      return replies.getFirst();
    }

    ExchangeException.@Nullable Kind failure() {
      return error instanceof ExchangeException e ? e.kind() : null;
    }
  }

  final VirtualLoop loop = new VirtualLoop();
  final FakeServers net = new FakeServers(loop);
  final Drops drops = new Drops();
  final VirtualDnsHost host = new VirtualDnsHost(loop, drops, net);
  final ServerBook book = new ServerBook(loop::now, host.random());
  final Exchange exchange;
  Budget budget = new Budget(100_000);

  ExchangeBench() {
    this(ExchangeSettings.DEFAULTS);
  }

  ExchangeBench(ExchangeSettings settings) {
    exchange = new Exchange(host, book, settings);
  }

  Outcome start(String name, Endpoint server, int attempt) {
    Query query = new Query(new Question(FakeServers.name(name), Type.A), true, false);
    Outcome outcome = new Outcome();
    outcome.subscription = exchange.ask(query, server, attempt, budget)
        .subscribe(outcome.replies::add, e -> outcome.error = e);
    loop.settle();
    return outcome;
  }

  Outcome start(String name) {
    return start(name, S1, 0);
  }

  /** Asks S1 for {@code name}; the outcome must be there at once. */
  Reply ask(String name) {
    return start(name).reply();
  }

  /** Waits as long as a connection without a query stays open, and returns what is still open then. */
  int openAfterRest() {
    loop.advance(Connections.IDLE.plus(Duration.ofMillis(1)));
    return net.open;
  }

  Asked last() {
    return net.asked.getLast();
  }

  /** Returns a server that answers each query at once; {@code content} fills the empty response to the query. */
  static Behaviour replying(BiConsumer<Message, Message> content) {
    return (asked, replies) -> {
      Message answer = FakeServers.response(asked.query());
      content.accept(asked.query(), answer);
      replies.reply(answer);
    };
  }

  static Behaviour answering() {
    return replying((query, answer) -> {});
  }

  /** Returns a server with EDNS that has no cookies. */
  static Behaviour answeringWithEdns() {
    return replying((query, answer) -> addOpt(answer, 0));
  }

  /** Adds an OPT record with the upper bits of {@code rcode}, and sets its lower bits in the header. */
  static void addOpt(Message answer, int rcode, EDNSOption... options) {
    answer.getHeader().setRcode(rcode & 0xf);
    answer.addRecord(new OPTRecord(1232, rcode >> 4, 0, 0, List.of(options)), Section.ADDITIONAL);
  }

  /** Returns the octets of the cookie option in {@code query}, or {@code null} if it has none. */
  static byte @Nullable [] cookie(Message query) {
    OPTRecord opt = query.getOPT();
    return opt == null
        ? null
        : opt.getOptions(COOKIE).stream().findFirst().map(ExchangeBench::data).orElse(null);
  }

  /** Returns the octets of {@code option} without its code and length. */
  private static byte[] data(EDNSOption option) {
    byte[] wire = option.toWire();
    byte[] data = new byte[wire.length - 4];
    System.arraycopy(wire, 4, data, 0, data.length);
    return data;
  }

  /** Returns a cookie option of the client cookie in {@code query} and {@code server} octets of that value. */
  static EDNSOption cookie(Message query, int server, int value) {
    byte[] cookie = new byte[8 + server];
    Arrays.fill(cookie, (byte) value);
    System.arraycopy(cookie(query), 0, cookie, 0, 8);
    return new GenericEDNSOption(COOKIE, cookie);
  }
}
