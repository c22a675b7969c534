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
public final class FakeServers implements DnsTransport {

  /**
   * A received query.
   *
   * @param connection the number of the TCP connection, counted from 1 over all servers, or 0 for UDP
   */
  public record Asked(Endpoint server, Message query, int connection, long at) {

    /** Returns whether it came over TCP. */
    public boolean tcp() {
      return connection > 0;
    }

    /** Returns the name in the question in small letters: the resolver draws the case of each letter. */
    public Name name() {
      return query.getQuestion().getName().canonicalize();
    }
  }

  /** The reaction of a server to a query: it may reply any number of times, or never. */
  @FunctionalInterface
  public interface Behaviour {
    void asked(Asked query, Replies replies);
  }

  /** Sends replies to the resolver. */
  public interface Replies {
    void reply(byte[] octets);

    void fail(Throwable cause);

    void end();

    default void reply(Message message) {
      reply(message.toWire());
    }
  }

  public static final Behaviour SILENT = (query, replies) -> {};

  public final List<Asked> asked = new ArrayList<>();
  /** The number of UDP ports and TCP connections that are open. */
  public int open;

  /** The number of TCP connections opened so far. */
  public int connections;

  /** Whether servers react inside the call that sends the query, and not in a task of their own. */
  public boolean reactsAtOnce;

  private final EventLoop loop;
  private final Map<Endpoint, Behaviour> udp = new HashMap<>();
  private final Map<Endpoint, Behaviour> tcp = new HashMap<>();
  private final Map<Endpoint, Mono<Void>> opening = new HashMap<>();
  private final List<Connection> accepted = new ArrayList<>();

  public FakeServers(EventLoop loop) {
    this.loop = loop;
  }

  public void overUdp(Endpoint server, Behaviour behaviour) {
    udp.put(server, behaviour);
  }

  public void overTcp(Endpoint server, Behaviour behaviour) {
    tcp.put(server, behaviour);
  }

  /** Lets new connections to {@code server} open when {@code until} completes, and fail when it fails. */
  public void opening(Endpoint server, Mono<Void> until) {
    opening.put(server, until);
  }

  /** Closes all open connections of {@code server} from its side. */
  public void closeConnections(Endpoint server) {
    List.copyOf(accepted).stream().filter(one -> one.server.equals(server))
        .forEach(one -> one.messages.tryEmitComplete());
  }

  /** Sends {@code octets} over connection {@code number} without a query. */
  public void send(int number, byte[] octets) {
    List.copyOf(accepted).stream().filter(one -> one.number == number)
        .forEach(one -> one.messages.tryEmitNext(octets));
  }

  /** Returns a server that answers each query after {@code delay}; {@code content} fills the empty response. */
  public static Behaviour answering(Duration delay, EventLoop loop, Consumer<Message> content) {
    return (query, replies) -> {
      Message answer = response(query.query());
      content.accept(answer);
      loop.schedule(() -> replies.reply(answer), delay.toNanos(), TimeUnit.NANOSECONDS);
    };
  }

  public static Behaviour answering(Consumer<Message> content) {
    return (query, replies) -> {
      Message answer = response(query.query());
      content.accept(answer);
      replies.reply(answer);
    };
  }

  @Override
  public Flux<byte[]> overUdp(byte[] query, Endpoint server) {
    return exchange(query, server, 0, udp.getOrDefault(server, SILENT));
  }

  @Override
  public Mono<DnsConnection> connect(Endpoint server) {
    return opening.getOrDefault(server, Mono.empty()).then(Mono.fromSupplier(() -> new Connection(server)));
  }

  /** A connection whose server reacts to each query by itself. */
  private final class Connection implements DnsConnection {

    private final Endpoint server;
    private final Sinks.Many<byte[]> messages = Sinks.many().unicast().onBackpressureBuffer();
    private final int number;
    private boolean closed;

    Connection(Endpoint server) {
      this.server = server;
      this.number = ++connections;
      open++;
      accepted.add(this);
    }

    @Override
    public void send(byte[] message) {
      exchange(message, server, number, tcp.getOrDefault(server, SILENT))
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
        accepted.remove(this);
      }
    }
  }

  private Flux<byte[]> exchange(byte[] query, Endpoint server, int connection, Behaviour behaviour) {
    return Flux.create(sink -> {
      if (connection == 0) {
        open++;
        sink.onDispose(() -> open--);
      }
      Asked one = new Asked(server, decode(query), connection, loop.ticker().nanoTime());
      asked.add(one);
      if (reactsAtOnce) {
        behaviour.asked(one, new SinkReplies(sink));
      } else {
        loop.execute(() -> behaviour.asked(one, new SinkReplies(sink)));
      }
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

  public static Message decode(byte[] octets) {
    try {
      return new Message(octets);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns an empty response to {@code query}. */
  public static Message response(Message query) {
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.RD);
    answer.getHeader().setFlag(Flags.RA);
    answer.addRecord(query.getQuestion(), Section.QUESTION);
    return answer;
  }

  public static Name name(String text) {
    return Name.fromConstantString(text.endsWith(".") ? text : text + ".");
  }

  public static Record a(String owner, long ttl, String address) {
    return new ARecord(name(owner), DClass.IN, ttl, inet(address));
  }

  public static Record aaaa(String owner, long ttl, String address) {
    return new AAAARecord(name(owner), DClass.IN, ttl, inet(address));
  }

  public static Record cname(String owner, long ttl, String target) {
    return new CNAMERecord(name(owner), DClass.IN, ttl, name(target));
  }

  public static Record soa(String zone, long ttl, long minimum) {
    return new SOARecord(name(zone), DClass.IN, ttl, name("ns." + zone), name("root." + zone), 1, 1, 1, 1, minimum);
  }

  public static Record ns(String zone, String server) {
    return new NSRecord(name(zone), DClass.IN, 60, name(server));
  }

  public static InetAddress inet(String address) {
    return IpAddress.parse(address).toInetAddress();
  }
}
