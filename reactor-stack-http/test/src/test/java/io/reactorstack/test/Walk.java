package io.reactorstack.test;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.dns.DnsDescriber;
import io.reactorstack.icmp.Hop;
import io.reactorstack.icmp.TraceOptions;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.LabTables;
import io.reactorstack.lab.Table;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PortRange;
import io.reactorstack.telemetry.Describer;
import io.reactorstack.telemetry.Story;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** The fetch of a page from a home, through an address translator and three routers: all that the page about it shows. */
final class Walk {

  private static final int IPV4 = 14;
  private static final int TCP = 34;

  /** A TCP segment on one link. */
  private record Sighting(Host from, MacAddress sender, MacAddress receiver, ByteBuf bytes) {

    IpAddress source() {
      return Ipv4Address.get(bytes, IPV4 + 12);
    }

    IpAddress destination() {
      return Ipv4Address.get(bytes, IPV4 + 16);
    }

    int word(int at) {
      return bytes.getUnsignedShort(at);
    }

    long sequenceNumber() {
      return bytes.getUnsignedInt(TCP + 4);
    }

    /** The length of the headers, in octets. */
    int headers() {
      return TCP + (bytes.getUnsignedByte(TCP + 12) >>> 4) * 4;
    }

    boolean begins(String data) {
      return bytes.toString(headers(), Math.min(data.length(), bytes.readableBytes() - headers()),
          StandardCharsets.US_ASCII).equals(data);
    }
  }

  private final Lab lab = Lab.virtual(1);
  private final Internet internet = Internet.in(lab);
  private final Host server = internet.server("www");
  private final AccessPoint home = internet.home("home",
      settings -> settings.nat(nat -> nat.withPortRange(new PortRange(40_000, 49_999))));
  private final Host laptop = home.host("laptop");
  private final List<Sighting> sightings = new ArrayList<>();
  private final Map<MacAddress, String> stations = new LinkedHashMap<>();
  private final String configuration;
  private final String fetch;
  final LabTables before;
  final LabTables during;
  final LabTables after;
  private final String body;
  private final String again;
  private final String resumption;
  private final String trace;

  Walk() {
    Story configuring = story(List.of(laptop));
    lab.await(internet.configured(Duration.ofSeconds(30)));
    // The laptop announces its address a second time (RFC 5227).
    lab.advance(Duration.ofSeconds(10));
    configuration = configuring.text();
    before = lab.tables();
    lab.await(LabHttp.of(server).server()
        .route(routes -> routes.get("/", (request, response) -> response.sendString(Mono.just("A page of the park"))))
        .bind());
    lab.hosts().forEach(host -> host.observe((direction, frame, nanos) -> see(host, direction, frame)));
    Story fetching = story(List.of(laptop, home.host()));
    HttpClient client = LabHttp.of(laptop).client();
    body = lab.await(page(client));
    fetch = fetching.text();
    during = lab.tables();
    trace = text(lab.await(laptop.stack().icmp().trace(server.address(), TraceOptions.DEFAULT.icmp()).collectList()));
    lab.advance(Duration.ofHours(3));
    after = lab.tables();
    Story resuming = story(List.of(laptop, home.host()));
    again = lab.await(page(client).onErrorResume(error -> Mono.just(error.getMessage())));
    resumption = resuming.text();
    lab.close();
  }

  private static Mono<String> page(HttpClient client) {
    return client.get().uri("http://www/").responseContent().aggregate().asString();
  }

  private Story story(List<Host> points) {
    Story story = Story.builder().names(lab).udp(53, "DNS", DnsDescriber::describe).tcp(80, Describer.http()).width(110)
        .build();
    points.forEach(point -> point.observe(story.observer()));
    return story;
  }

  private void see(Host host, Direction direction, Frame frame) {
    ByteBuf bytes = frame.payload();
    int at = bytes.readerIndex();
    MacAddress sender = MacAddress.get(bytes, at + 6);
    if (direction != Direction.SENT) {
      return;
    }
    stations.putIfAbsent(sender, host.name());
    boolean isTcp = bytes.getUnsignedShort(at + 12) == 0x0800 && bytes.getByte(at + IPV4 + 9) == 6;
    if (isTcp) {
      sightings.add(new Sighting(host, sender, MacAddress.get(bytes, at), Unpooled.copiedBuffer(bytes)));
    }
  }

  /** The text of the page that was fetched. */
  String body() {
    return body;
  }

  /** The outcome of a second request three hours later, on the same connection. */
  String again() {
    return again;
  }

  /** The frames of that request, as the laptop and the access point see them. */
  String resumption() {
    return resumption;
  }

  /** The number of TCP connections that the laptop has opened. */
  long connections() {
    return sightings.stream().filter(each -> each.from.equals(laptop))
        .filter(each -> (each.bytes.getByte(TCP + 13) & 2) != 0).count();
  }

  /** The configuration of the laptop, as it sees it. */
  String configuration() {
    return configuration;
  }

  /** The fetch, as the laptop and the access point see it. */
  String fetch() {
    return fetch;
  }

  /** The links of the first segment whose data begins with {@code data}, in the order of its way. */
  private List<Sighting> way(String data) {
    List<Sighting> all = sightings.stream().filter(each -> each.begins(data)).toList();
    return all.stream().filter(each -> each.sequenceNumber() == all.getFirst().sequenceNumber()).toList();
  }

  /** The fields of the first segment whose data begins with {@code data}, on each link of its way, as a table. */
  String fields(String data) {
    List<Sighting> way = way(data);
    StringBuilder table = new StringBuilder();
    row(table, "", way, each -> each.from.name() + " → " + stations.getOrDefault(each.receiver, "?"));
    table.append("|---").append("|---".repeat(way.size())).append("|\n");
    row(table, "MAC destination", way, each -> each.receiver.toString());
    row(table, "MAC source", way, each -> each.sender.toString());
    row(table, "TTL", way, each -> String.valueOf(each.bytes.getUnsignedByte(IPV4 + 8)));
    row(table, "IP checksum", way, each -> String.format(Locale.ROOT, "%04x", each.word(IPV4 + 10)));
    row(table, "IP source", way, each -> each.source().toString());
    row(table, "IP destination", way, each -> each.destination().toString());
    row(table, "source port", way, each -> String.valueOf(each.word(TCP)));
    row(table, "destination port", way, each -> String.valueOf(each.word(TCP + 2)));
    row(table, "sequence number", way, each -> String.valueOf(each.sequenceNumber()));
    row(table, "TCP checksum", way, each -> String.format(Locale.ROOT, "%04x", each.word(TCP + 16)));
    return table.toString();
  }

  /** Appends a row, in which the values that differ from those of the link before are bold. */
  private static void row(StringBuilder table, String title, List<Sighting> way, Function<Sighting, String> value) {
    table.append("| ").append(title);
    String before = null;
    for (Sighting each : way) {
      String now = value.apply(each);
      boolean changed = !title.isEmpty() && before != null && !before.equals(now);
      table.append(" | ").append(changed ? "**" + now + "**" : now);
      before = now;
    }
    table.append(" |\n");
  }

  /** The octets of the segment whose data begins with {@code data}, on the link {@code index}: its Ethernet, IP and TCP header. */
  String octets(String data, int index) {
    ByteBuf bytes = way(data).get(index).bytes;
    int header = way(data).get(index).headers();
    return Stream.of(List.of("Ethernet", 0, IPV4), List.of("IPv4", IPV4, TCP), List.of("TCP", TCP, header))
        .map(part -> String.format(Locale.ROOT, "%-8s  %s%n", part.get(0),
            spaced(ByteBufUtil.hexDump(bytes, (int) part.get(1), (int) part.get(2) - (int) part.get(1)))))
        .collect(Collectors.joining());
  }

  private static String spaced(String hex) {
    return hex.replaceAll("(..)(?!$)", "$1 ");
  }

  /** A table of the host or box {@code name} with its title. */
  static String table(LabTables tables, String name, String title) {
    Table<?> wanted = tables.of(name).tables().stream().filter(table -> table.title().equals(title)).findAny()
        .orElseThrow(() -> new IllegalArgumentException(name + " has no table " + title + ", but "
            + tables.of(name).tables().stream().map(Table::title).toList()));
    return name + ": " + title + "\n" + (wanted.rows().isEmpty() ? "  empty\n" : wanted.toString());
  }

  /** The hops from the laptop to the server. */
  String trace() {
    return trace;
  }

  private String text(List<Hop> hops) {
    return hops.stream().map(hop -> String.format(Locale.ROOT, "%2d  %s%n", hop.distance(),
        hop.hosts().stream().map(address -> address + "  " + name(address)).collect(Collectors.joining(", "))))
        .collect(Collectors.joining());
  }

  private String name(IpAddress address) {
    return address.equals(home.insideAddress())
        ? "home"
        : lab.hosts().stream()
            .filter(host -> host.addresses().contains(address)).map(Host::name).findAny().orElse("?");
  }
}
