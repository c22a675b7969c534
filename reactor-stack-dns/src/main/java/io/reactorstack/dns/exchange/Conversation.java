package io.reactorstack.dns.exchange;

import io.reactorstack.dns.exchange.ExchangeException.Kind;
import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.transport.DnsHost;
import io.reactorstack.dns.wire.DnsCodec;
import io.reactorstack.packet.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * One query to one server, with its repetitions: without EDNS, with a new cookie, over TCP. Confined to the event loop.
 */
final class Conversation {

  /**
   * The number of mismatching messages for one query after which it is repeated over TCP: so many suggest an attack, and
   * an attacker who cannot see the packets cannot forge TCP segments (RFC 5452 section 9.3).
   */
  static final int MAX_MISMATCHES = 16;

  /**
   * The number of queries without an answer after which a server is queried without EDNS (RFC 6891 section 7), or over
   * TCP if it is known to use EDNS.
   */
  private static final int MAX_EDNS_ATTEMPTS = 2;

  private static final int IDS = 1 << 16;

  private final DnsHost host;
  private final ServerBook book;
  private final ExchangeSettings settings;
  private final Connections connections;
  private final Query query;
  private final Endpoint server;
  private final Budget budget;
  private final boolean startsOverTcp;
  private boolean usesEdns;
  private boolean usesRandomCase;
  private boolean isConfirming;
  private int badCookies;
  private int mismatches;
  private long sentAt;

  Conversation(DnsHost host, ServerBook book, ExchangeSettings settings, Connections connections, Query query,
      Endpoint server, int attempt, Budget budget) {
    this.host = host;
    this.book = book;
    this.settings = settings;
    this.connections = connections;
    this.query = query;
    this.server = server;
    this.budget = budget;
    boolean isLost = attempt >= MAX_EDNS_ATTEMPTS;
    this.usesEdns = settings.edns() && book.usesEdns(server) && (!isLost || book.hasUsedEdns(server));
    // RFC 9715 section 3.2, R7: the fragments of a large response may get lost each time.
    this.startsOverTcp = settings.tcpOnly() || isLost && usesEdns;
    this.usesRandomCase = settings.randomCase() && book.keepsCase(server);
  }

  /** Sends the query; to be subscribed to once. */
  Mono<Reply> reply() {
    return (startsOverTcp ? overTcp() : overUdp())
        .onErrorMap(e -> e instanceof ExchangeException ? e : new ExchangeException(Kind.UNREACHABLE));
  }

  /**
   * The query as it was encoded: the answer must have the same letter case and client cookie.
   *
   * @param name the name with its letter case in the query
   */
  private record Sent(Name name, boolean isRandomCase, byte @Nullable [] clientCookie, boolean cookieExpected) {}

  private Sent next() {
    Name name = query.question().name();
    Name cased = usesRandomCase ? DnsCodec.randomCase(name, host.random()) : name;
    boolean cookies = usesEdns && settings.cookies();
    return new Sent(cased, usesRandomCase, cookies ? book.clientCookie(server) : null,
        cookies && book.serverCookie(server) != null);
  }

  private byte[] encode(int id, Sent sent) {
    sentAt = host.nanoTime();
    return DnsCodec.query(id, query.question().about(sent.name), query.recursionDesired(), usesEdns ? opt(sent) : null);
  }

  private OPTRecord opt(Sent sent) {
    byte[] known = book.serverCookie(server);
    List<EDNSOption> options = sent.clientCookie == null
        ? List.of()
        : List.of(known == null ? new CookieOption(sent.clientCookie) : new CookieOption(sent.clientCookie, known));
    return DnsCodec.edns(settings.udpSize(), query.dnssecOk(), options);
  }

  private Mono<Reply> overUdp() {
    if (!budget.take()) {
      return Mono.error(new ExchangeException(Kind.OUT_OF_BUDGET));
    }
    int id = host.random().nextInt(IDS); // RFC 5452 section 9.2: unpredictable, over the full range
    Sent sent = next();
    byte[] octets = encode(id, sent);
    return Mono.create(sink -> {
      Listener listener = new Listener(id, sent, sink);
      sink.onDispose(listener::end);
      host.transport().overUdp(octets, server).subscribe(listener);
    });
  }

  /** Receives the messages for one query over UDP, up to the response. */
  private final class Listener extends BaseSubscriber<byte[]> {

    private final int id;
    private final Sent sent;
    private final MonoSink<Reply> sink;
    private @Nullable Disposable repetition;

    Listener(int id, Sent sent, MonoSink<Reply> sink) {
      this.id = id;
      this.sent = sent;
      this.sink = sink;
    }

    @Override
    protected void hookOnNext(byte[] octets) {
      DnsDrop drop = Responses.mismatch(octets, id);
      boolean isSame = drop == null && DnsCodec.restoreCase(octets, sent.name, query.question().name());
      Message message = drop == null ? DnsCodec.decode(octets) : null;
      if (message != null) {
        drop = mismatch(message, sent, isSame || !sent.isRandomCase);
      }
      if (message != null && drop == null) {
        answered(new Reply(message, server, false, host.nanoTime() - sentAt, octets.length));
      } else {
        // A response with the right question whose records are malformed is rather a faulty server's than an attacker's.
        dropped(drop == null ? DnsDrop.MALFORMED : drop,
            isSame && message == null && DnsCodec.hasMalformedAnswer(octets));
      }
    }

    private void answered(Reply reply) {
      cancel(); // before anything else: a transport keeps the port for further queries if the first message was enough
      Mono<Reply> next = repetition(reply, sent);
      if (next == null) {
        sink.success(reply);
      } else {
        repeat(next);
      }
    }

    private void dropped(DnsDrop reason, boolean isGarbled) {
      host.drops().count(reason);
      if (reason == DnsDrop.WRONG_CASE || reason == DnsDrop.NO_COOKIE || isGarbled || ++mismatches == MAX_MISMATCHES) {
        cancel();
        repeat(confirm(reason));
      }
    }

    private void repeat(Mono<Reply> next) {
      repetition = next.subscribe(sink::success, sink::error, sink::success);
    }

    @Override
    protected void hookOnComplete() {
      sink.error(new ExchangeException(Kind.UNREACHABLE));
    }

    @Override
    protected void hookOnError(Throwable failure) {
      sink.error(failure);
    }

    void end() {
      cancel();
      if (repetition != null) {
        repetition.dispose();
      }
    }
  }

  /** Returns whether the question has the letter case of the query, and gives it the one that the resolver uses. */
  private boolean restoreCase(byte[] octets, Sent sent) {
    return DnsCodec.restoreCase(octets, sent.name, query.question().name()) || !sent.isRandomCase;
  }

  private @Nullable DnsDrop mismatch(Message message, Sent sent, boolean keepsCase) {
    if (Responses.optRecords(message) > 1) {
      return DnsDrop.MALFORMED; // RFC 6891 section 6.1.1
    }
    DnsDrop drop = Responses.mismatch(message, query.question());
    if (drop == null && sent.clientCookie != null) {
      drop = Responses.cookieMismatch(message, sent.clientCookie, sent.cookieExpected);
    }
    return drop == null && !keepsCase && DnsCodec.hasQuestion(message) ? DnsDrop.WRONG_CASE : drop;
  }

  /** Returns the repetition of the query that {@code reply} demands, or {@code null} if it is the result of the exchange. */
  private @Nullable Mono<Reply> repetition(Reply reply, Sent sent) {
    Message message = reply.message();
    book.answered(server, reply.roundTrip());
    if (usesEdns && lacksEdns(message)) {
      usesEdns = false;
      return (reply.overTcp() ? overTcp() : overUdp()).doOnNext(plain -> {
        // A server that answers the same without an OPT record objects to something else.
        if (!lacksEdns(plain.message())) {
          book.lacksEdns(server);
        }
      });
    }
    if (usesEdns && message.getOPT() != null) {
      book.knowsEdns(server);
      if (sent.clientCookie != null) {
        book.serverCookie(server, Responses.serverCookie(message));
      }
    }
    if (DnsCodec.rcode(message) == Rcode.BADCOOKIE && !reply.overTcp()) {
      // RFC 7873 section 5.3: once more with the new cookie, then over TCP.
      return badCookies++ == 0 ? overUdp() : overTcp();
    }
    // RFC 2181 section 9: a truncated response is not used at all.
    return DnsCodec.isTruncated(message) && !reply.overTcp() ? overTcp() : null;
  }

  /** RFC 6891 sections 6.1.3 and 7: only a server without EDNS, or without version 0, answers so. */
  private static boolean lacksEdns(Message message) {
    int rcode = DnsCodec.rcode(message);
    return rcode == Rcode.BADVERS
        || message.getOPT() == null && (rcode == Rcode.FORMERR || rcode == Rcode.NOTIMP);
  }

  private Mono<Reply> overTcp() {
    if (!budget.take()) {
      return Mono.error(new ExchangeException(Kind.OUT_OF_BUDGET));
    }
    Sent sent = next();
    return connections.ask(server, id -> encode(id, sent))
        .onErrorResume(Connections.StaleConnection.class, e -> budget.take()
            ? connections.ask(server, id -> encode(id, sent))
            : Mono.error(new ExchangeException(Kind.OUT_OF_BUDGET)))
        .flatMap(octets -> acceptOverTcp(octets, sent));
  }

  /**
   * Repeats the query over TCP, where nobody can forge the response. If there is no response, either because the server
   * has no TCP or until the caller gives up, then the server itself has lost the letter case or the cookie: no more is
   * expected of it.
   *
   * @param reason the fault of the message over UDP
   */
  private Mono<Reply> confirm(DnsDrop reason) {
    if (reason != DnsDrop.WRONG_CASE && reason != DnsDrop.NO_COOKIE) {
      return overTcp();
    }
    isConfirming = true;
    return overTcp()
        .doOnCancel(() -> {
          if (isConfirming) {
            expectLess(reason);
          }
        })
        .onErrorResume(e -> !budget.isSpent(), e -> {
          expectLess(reason);
          return overUdp();
        });
  }

  private void expectLess(DnsDrop reason) {
    if (reason == DnsDrop.NO_COOKIE) {
      book.serverCookie(server, null);
    } else {
      book.losesCase(server);
      usesRandomCase = false;
    }
  }

  private Mono<Reply> acceptOverTcp(byte[] octets, Sent sent) {
    isConfirming = false;
    boolean keepsCase = restoreCase(octets, sent);
    DnsDrop drop = Responses.mismatch(octets, Responses.id(octets));
    Message message = drop == null ? DnsCodec.decode(octets) : null;
    if (message != null) {
      drop = mismatch(message, sent, keepsCase);
    }
    if (drop == DnsDrop.WRONG_CASE) {
      book.losesCase(server); // nobody can forge this response, so the server does not keep the case
      drop = null;
    } else if (drop == DnsDrop.NO_COOKIE) {
      book.serverCookie(server, null);
      drop = null;
    }
    if (message == null || drop != null) {
      host.drops().count(drop == null ? DnsDrop.MALFORMED : drop);
      return Mono.error(new ExchangeException(Kind.MALFORMED));
    }
    if (DnsCodec.isTruncated(message)) {
      return Mono.error(new ExchangeException(Kind.MALFORMED));
    }
    Reply reply = new Reply(message, server, true, host.nanoTime() - sentAt, octets.length);
    Mono<Reply> next = repetition(reply, sent);
    return next == null ? Mono.just(reply) : next;
  }
}
