package io.reactorstack.dns;

import io.netty.channel.EventLoop;
import io.reactorstack.dns.transport.DnsConnection;
import io.reactorstack.dns.transport.DnsTransport;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Scripted DNS servers that record the queries that they receive. */
final class FakeServers implements DnsTransport {

  /** A received query. */
  record Asked(Endpoint server, Message query, boolean tcp, long at) {

    /** Returns the name in the question in small letters: the resolver draws the case of each letter. */
    Name name() {
      return query.getQuestion().getName().canonicalize();
    }
  }

  /** The reaction of a server to a query: it may reply any number of times, or never. */
  @FunctionalInterface
  interface Behaviour {
    void asked(Asked query, Replies replies);
  }

  /** Sends replies to the resolver. */
  interface Replies {
    void reply(byte[] octets);

    void fail(Throwable cause);

    void end();

    default void reply(Message message) {
      reply(message.toWire());
    }
  }

  static final Behaviour SILENT = (query, replies) -> {};

  final List<Asked> asked = new ArrayList<>();
  int open;

  private final EventLoop loop;
  private final Map<Endpoint, Behaviour> udp = new HashMap<>();
  private final Map<Endpoint, Behaviour> tcp = new HashMap<>();

  FakeServers(EventLoop loop) {
    this.loop = loop;
  }

  void overUdp(Endpoint server, Behaviour behaviour) {
    udp.put(server, behaviour);
  }

  void overTcp(Endpoint server, Behaviour behaviour) {
    tcp.put(server, behaviour);
  }

  /** Returns a server that answers each query after {@code delay}; {@code content} fills the empty response. */
  static Behaviour answering(Duration delay, EventLoop loop, Consumer<Message> content) {
    return (query, replies) -> {
      Message answer = response(query.query());
      content.accept(answer);
      loop.schedule(() -> replies.reply(answer), delay.toNanos(), TimeUnit.NANOSECONDS);
    };
  }

  static Behaviour answering(Consumer<Message> content) {
    return (query, replies) -> {
      Message answer = response(query.query());
      content.accept(answer);
      replies.reply(answer);
    };
  }

  @Override
  public Flux<byte[]> overUdp(byte[] query, Endpoint server) {
    return exchange(query, server, false, udp.getOrDefault(server, SILENT));
  }

  @Override
  public Mono<DnsConnection> connect(Endpoint server) {
    return Mono.fromSupplier(() -> new Connection(server));
  }

  /** A connection whose server reacts to each query by itself. */
  private final class Connection implements DnsConnection {

    private final Endpoint server;
    private final Sinks.Many<byte[]> messages = Sinks.many().unicast().onBackpressureBuffer();
    private boolean closed;

    Connection(Endpoint server) {
      this.server = server;
      open++;
    }

    @Override
    public void send(byte[] message) {
      exchange(message, server, true, tcp.getOrDefault(server, SILENT))
          .subscribe(messages::tryEmitNext, messages::tryEmitError, messages::tryEmitComplete);
    }

    @Override
    public Flux<byte[]> messages() {
      return messages.asFlux().doFinally(end -> close());
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open--;
      }
    }
  }

  private Flux<byte[]> exchange(byte[] query, Endpoint server, boolean overTcp, Behaviour behaviour) {
    return Flux.create(sink -> {
      if (!overTcp) {
        open++;
        sink.onDispose(() -> open--);
      }
      Asked one = new Asked(server, decode(query), overTcp, loop.ticker().nanoTime());
      asked.add(one);
      // A reply must not arrive inside the call that sends the query.
      loop.execute(() -> behaviour.asked(one, new SinkReplies(sink)));
    });
  }

  private record SinkReplies(FluxSink<byte[]> sink) implements Replies {
    @Override
    public void reply(byte[] octets) {
      sink.next(octets);
    }

    @Override
    public void fail(Throwable cause) {
      sink.error(cause);
    }

    @Override
    public void end() {
      sink.complete();
    }
  }

  static Message decode(byte[] octets) {
    try {
      return new Message(octets);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns an empty response to {@code query}. */
  static Message response(Message query) {
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.RD);
    answer.getHeader().setFlag(Flags.RA);
    answer.addRecord(query.getQuestion(), Section.QUESTION);
    return answer;
  }

  static Name name(String text) {
    return Name.fromConstantString(text.endsWith(".") ? text : text + ".");
  }

  static Record a(String owner, long ttl, String address) {
    return new ARecord(name(owner), DClass.IN, ttl, inet(address));
  }

  static Record aaaa(String owner, long ttl, String address) {
    return new AAAARecord(name(owner), DClass.IN, ttl, inet(address));
  }

  static Record cname(String owner, long ttl, String target) {
    return new CNAMERecord(name(owner), DClass.IN, ttl, name(target));
  }

  static Record soa(String zone, long ttl, long minimum) {
    return new SOARecord(name(zone), DClass.IN, ttl, name("ns." + zone), name("root." + zone), 1, 1, 1, 1, minimum);
  }

  static Record ns(String zone, String server) {
    return new NSRecord(name(zone), DClass.IN, 60, name(server));
  }

  static InetAddress inet(String address) {
    return IpAddress.parse(address).toInetAddress();
  }
}
