package io.reactorstack.dns.resolve;

import io.reactorstack.dns.server.OctetServer;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.transport.DnsConnection;
import io.reactorstack.dns.transport.DnsTransport;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.VirtualLoop;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Authoritative servers in virtual time. Each server answers from its zones after its delay, unless the test gives it
 * another behaviour. All queries are recorded.
 */
final class VirtualInternet implements DnsTransport {

  private static final IpAddress CLIENT = IpAddress.parse("10.255.0.1");
  private static final int PORT = 53;

  /** A received query. */
  record Asked(Server server, Message query, boolean overTcp, long at) {

    String name() {
      return query.getQuestion().getName().toString(true);
    }

    String type() {
      return Type.string(query.getQuestion().getType());
    }

    boolean isFor(String name, String type) {
      return name().equalsIgnoreCase(name) && type().equals(type);
    }

    @Override
    public String toString() {
      return server.label + " " + (name().isEmpty() ? "." : name()) + " " + type() + (overTcp ? " TCP" : "");
    }
  }

  /** The reaction of a server to a query: it sends any number of responses. */
  @FunctionalInterface
  interface Behaviour {

    /** Reacts to {@code asked}; {@code honest} is the response from the server's zones, {@code replies} sends one. */
    void react(Asked asked, byte[] honest, Consumer<byte[]> replies);
  }

  /** A server at one address. */
  final class Server {

    private final String label;
    private final OctetServer zones = new OctetServer();
    private Duration delay = Duration.ofMillis(10);
    private Behaviour behaviour = (asked, honest, replies) -> replies.accept(honest);
    private boolean refusesConnections;

    private Server(String label) {
      this.label = label;
    }

    /** Adds a zone, or replaces the one of that name; the TTL of records without one is an hour. */
    Server zone(String origin, String... records) {
      zones.serve(VirtualInternet.zone(origin, records));
      return this;
    }

    Server delay(Duration value) {
      delay = value;
      return this;
    }

    /** Never answers. */
    Server silent() {
      return does((asked, honest, replies) -> {});
    }

    /** Answers from the zones, as a new server does. */
    Server honest() {
      return does((asked, honest, replies) -> replies.accept(honest));
    }

    /** Changes the responses to the queries for which {@code which} is true. */
    Server lies(Predicate<Asked> which, Consumer<Message> lie) {
      return does((asked, honest, replies) -> {
        if (which.test(asked)) {
          Message message = message(honest);
          lie.accept(message);
          replies.accept(message.toWire(Message.MAXLENGTH));
        } else {
          replies.accept(honest);
        }
      });
    }

    /** Changes all responses. */
    Server lies(Consumer<Message> lie) {
      return lies(asked -> true, lie);
    }

    /** Answers all queries with {@code rcode} and nothing else. */
    Server fails(int rcode) {
      return lies(message -> {
        clear(message);
        message.getHeader().setRcode(rcode);
      });
    }

    Server refusesConnections() {
      refusesConnections = true;
      return this;
    }

    Server does(Behaviour value) {
      behaviour = value;
      return this;
    }

    private void asked(byte[] query, boolean overTcp, FluxSink<byte[]> sink) {
      Asked one = new Asked(this, message(query), overTcp, loop.now());
      asked.add(one);
      byte[] honest = zones.answer(query, CLIENT, overTcp);
      behaviour.react(one, honest == null ? new byte[0] : honest,
          octets -> loop.schedule(() -> sink.next(octets), delay.toNanos(), TimeUnit.NANOSECONDS));
    }
  }

  /** All queries in their order. */
  final List<Asked> asked = new ArrayList<>();

  /** The number of open ports and connections. */
  int open;

  private final VirtualLoop loop;
  private final Map<IpAddress, Server> servers = new LinkedHashMap<>();

  VirtualInternet(VirtualLoop loop) {
    this.loop = loop;
  }

  /** Returns the server at {@code address}, which is created when it is first asked for. */
  Server server(String label, String address) {
    return servers.computeIfAbsent(IpAddress.parse(address), a -> new Server(label));
  }

  /** Returns the server with {@code label}. */
  Server server(String label) {
    return servers.values().stream().filter(server -> server.label.equals(label)).findFirst().orElseThrow();
  }

  /** Returns the queries so far as lines, and forgets them. */
  List<String> queries() {
    List<String> lines = asked.stream().map(Asked::toString).toList();
    asked.clear();
    return lines;
  }

  long count(String label) {
    return asked.stream().filter(one -> one.server.label.equals(label)).count();
  }

  /** Returns a zone with an SOA record whose TTL is an hour and whose minimum is 300 s. */
  static Zone zone(String origin, String... records) {
    String base = origin.equals(".") ? "." : origin + ".";
    String soa = "@ 3600 IN SOA ns.invalid. root.invalid. 1 3600 600 86400 300\n";
    try {
      return Zone.parse(base, new StringReader("$TTL 3600\n" + soa + String.join("\n", records) + "\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Message message(byte[] octets) {
    try {
      return new Message(octets);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes the records of all sections but the question. */
  static void clear(Message message) {
    message.getHeader().unsetFlag(Flags.AA);
    message.removeAllRecords(Section.ANSWER);
    message.removeAllRecords(Section.AUTHORITY);
    message.removeAllRecords(Section.ADDITIONAL);
  }

  /** Returns the record of a line such as {@code www.lab. 60 A 10.0.0.3}. */
  static Record record(String line) {
    String[] parts = line.split(" ", 4);
    try {
      return Record.fromString(Name.fromString(parts[0]), Type.value(parts[2]), DClass.IN, Long.parseLong(parts[1]),
          parts[3], Name.root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Flux<byte[]> overUdp(byte[] query, Endpoint server) {
    return Flux.create(sink -> {
      open++;
      sink.onDispose(() -> open--);
      Server asked = servers.get(server.address());
      if (asked != null && server.port() == PORT) {
        loop.execute(() -> asked.asked(query, false, sink)); // never inside the call that sends the query
      }
    });
  }

  @Override
  public Mono<DnsConnection> connect(Endpoint server) {
    Server connected = servers.get(server.address());
    return connected == null || connected.refusesConnections
        ? Mono.error(new IOException("no listener at " + server))
        : Mono.fromSupplier(() -> new Connection(connected));
  }

  /** A connection on which the server reacts to each query by itself. */
  private final class Connection implements DnsConnection {

    private final Server server;
    private final Sinks.Many<byte[]> messages = Sinks.many().unicast().onBackpressureBuffer();
    private final List<Disposable> exchanges = new ArrayList<>();
    private boolean closed;

    Connection(Server server) {
      this.server = server;
      open++;
    }

    @Override
    public void send(byte[] message) {
      exchanges.add(Flux.<byte[]>create(sink -> loop.execute(() -> server.asked(message, true, sink)))
          .subscribe(messages::tryEmitNext));
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
        exchanges.forEach(Disposable::dispose);
      }
    }
  }
}
