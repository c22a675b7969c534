package io.reactorstack.dns.server;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.resolve.Answer;
import io.reactorstack.dns.resolve.ResolverHandle;
import io.reactorstack.dns.resolve.SpecialNames;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.spi.HostLoop;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import reactor.core.publisher.Mono;

/** The outstanding queries of a recursive server's clients. Confined to the event loop. */
final class Recursion implements ServerPorts.Responder {

  /** The types from which on a query asks for something else than records: transfers and obsolete ones (RFC 6895). */
  private static final int FIRST_META_TYPE = 249;

  /** A client's query over UDP, as long as it is outstanding. */
  private record Asked(Endpoint client, int id) {}

  private final HostLoop loop;
  private final ResolverHandle.Access resolver;
  private final RecursiveSettings settings;
  private final ServerCookies cookies;
  private final Set<Asked> asked = new HashSet<>();
  private int outstanding;

  Recursion(NetworkStack stack, DnsResolver resolver, RecursiveSettings settings) {
    this.loop = HostLoop.of(stack);
    this.resolver = ResolverHandle.access(resolver);
    this.settings = settings;
    this.cookies = new ServerCookies(loop.random(), () -> TimeUnit.NANOSECONDS.toSeconds(loop.nanoTime()));
  }

  @Override
  public Mono<byte[]> overUdp(byte[] octets, Endpoint client) {
    Query query = accepted(octets);
    if (query == null) {
      return Mono.empty();
    }
    Asked key = new Asked(client, query.header().getID());
    if (asked.contains(key)) {
      return dropped(ServerDrop.REPEATED);
    }
    RecursiveResponse response = new RecursiveResponse(query, client.address(), cookies, true);
    byte[] immediate = immediate(query, client, response);
    if (immediate != null) {
      return Mono.just(immediate);
    }
    if (outstanding >= settings.maxQueries()) {
      return dropped(ServerDrop.TOO_MANY_QUERIES);
    }
    asked.add(key);
    return resolved(question(query), response).doOnTerminate(() -> asked.remove(key))
        .doOnCancel(() -> asked.remove(key));
  }

  @Override
  public Mono<byte[]> overTcp(byte[] octets, Endpoint client) {
    Query query = accepted(octets);
    if (query == null) {
      return Mono.empty();
    }
    RecursiveResponse response = new RecursiveResponse(query, client.address(), cookies, false);
    byte[] immediate = immediate(query, client, response);
    if (immediate != null) {
      return Mono.just(immediate);
    }
    if (outstanding >= settings.maxQueries()) {
      loop.drops().count(ServerDrop.TOO_MANY_QUERIES);
      return Mono.just(response.octets(Rcode.SERVFAIL));
    }
    return resolved(question(query), response);
  }

  /** Returns the response to a query that needs no resolution, or {@code null} if it needs one. */
  private byte @Nullable [] immediate(Query query, Endpoint client, RecursiveResponse response) {
    Integer error = error(query, client, response);
    if (error != null) {
      return response.octets(error);
    }
    Answer known = known(question(query));
    return known == null ? null : answered(response, known);
  }

  private @Nullable Query accepted(byte[] octets) {
    Query query = Query.parse(octets);
    if (query == null) {
      loop.drops().count(octets.length < RecursiveResponse.HEADER ? ServerDrop.TOO_SHORT : ServerDrop.NOT_A_QUERY);
    }
    return query;
  }

  private <T> Mono<T> dropped(ServerDrop reason) {
    loop.drops().count(reason);
    return Mono.empty();
  }

  /** Returns the response code for a query that is not resolved, or {@code null} if it is to be resolved. */
  private @Nullable Integer error(Query query, Endpoint client, RecursiveResponse response) {
    if (query.message() == null) {
      return Rcode.FORMERR;
    }
    OPTRecord opt = query.opt();
    if (opt != null && opt.getVersion() > 0) {
      return Rcode.BADVERS; // RFC 6891 section 6.1.3: only version 0 exists
    }
    if (query.header().getOpcode() != Opcode.QUERY) {
      return Rcode.NOTIMP;
    }
    if (!settings.serves(client.address())) {
      loop.drops().count(ServerDrop.NOT_A_CLIENT);
      return response.refused(ExtendedErrorCodeOption.PROHIBITED);
    }
    List<Record> questions = query.message().getSection(Section.QUESTION);
    if (questions.size() != 1) {
      // RFC 7873 section 5.4: a query for a server cookie has no question; other queries have one (RFC 9619 section 4).
      return questions.isEmpty() && query.cookie() != null ? Rcode.NOERROR : Rcode.FORMERR;
    }
    Record question = questions.getFirst();
    boolean isMeta = question.getType() >= FIRST_META_TYPE && question.getType() < Type.ANY
        || question.getType() == Type.OPT;
    if (question.getDClass() != DClass.IN || isMeta) {
      return response.refused(ExtendedErrorCodeOption.NOT_SUPPORTED);
    }
    if (!query.header().getFlag(Flags.RD) && known(question(query)) == null) {
      // RFC 1034 section 4.3.1: no recursion for a client that does not ask for it.
      return response.refused(ExtendedErrorCodeOption.NOT_AUTHORITATIVE);
    }
    return null;
  }

  private static Question question(Query query) {
    Record record = query.message() == null ? null : query.message().getQuestion();
    if (record == null) {
      throw new IllegalStateException("a query that is resolved has a question");
    }
    return new Question(record.getName(), record.getType());
  }

  private @Nullable Answer known(Question question) {
    Answer special = SpecialNames.answer(question, loop.nanoTime());
    return special != null ? special : resolver.resolutions().known(question);
  }

  private Mono<byte[]> resolved(Question question, RecursiveResponse response) {
    outstanding++;
    return Mono.<Answer>create(sink -> sink.onDispose(resolver.answer(question)
        // The resolver may run on another loop than the server.
        .subscribe(answer -> loop.execute(() -> sink.success(answer)), sink::error)))
        .map(answer -> answered(response, answer))
        .doOnTerminate(() -> outstanding--)
        .doOnCancel(() -> outstanding--);
  }

  private byte[] answered(RecursiveResponse response, Answer answer) {
    return response.octets(answer, loop.nanoTime());
  }
}
