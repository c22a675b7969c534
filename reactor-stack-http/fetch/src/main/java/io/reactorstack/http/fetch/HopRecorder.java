package io.reactorstack.http.fetch;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.InterfaceEntry;
import io.reactorstack.lab.Lab;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.telemetry.Describer;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Follows two TCP segments through a lab: the first one with data to a port, and the first one with data in the opposite
 * direction. Each frame that a host sends with one of them is a row of a table.
 *
 * <p>A segment is recognized by the server's address and port and by its sequence number: a router with address
 * translation changes neither. A retransmission has the same number, so it has rows, too.
 */
final class HopRecorder {

  /** The maximum number of frames of a segment. */
  private static final int MOST_HOPS = 100;

  private static final int DESCRIBED = 1024;

  private static final List<String> HEADINGS = List.of("ms", "from", "to", "MAC addresses", "IP addresses and ports",
      "TTL");

  /** A frame with the segment; the link addresses show its sender and receiver. */
  private record Hop(long nanos, EthernetHeader link, IpHeaders packet, Endpoint source, Endpoint destination) {}

  /** A segment with the frames that have carried it. */
  private static final class Journey {
    final Endpoint server;
    final int seq;
    final String text;
    final List<Hop> hops = new ArrayList<>();

    Journey(Endpoint server, TcpSegment segment) {
      this.server = server;
      this.seq = segment.seq();
      int octets = segment.payloadLength();
      ByteBuf data = segment.payload();
      text = Describer.http()
          .describe(ByteBufUtil.getBytes(data, data.readerIndex(), Math.min(octets, DESCRIBED), true))
          .map(line -> line + ", ").orElse("") + octets + " octets";
    }

    void add(Hop hop) {
      if (hops.size() < MOST_HOPS) {
        hops.add(hop);
      }
    }
  }

  private final int port;
  private final Map<MacAddress, String> stations = new HashMap<>();
  private @Nullable Journey request;
  private @Nullable Journey answer;

  /** @param port the port of the server */
  HopRecorder(int port) {
    this.port = port;
  }

  /** Observes the frames of all present hosts of {@code lab}. */
  void watch(Lab lab) {
    for (Host host : lab.hosts()) {
      for (InterfaceEntry each : host.tables().rows(InterfaceEntry.class)) {
        if (each.macAddress() != null) {
          stations.put(each.macAddress(), host.name().split("\\.", 2)[0]);
        }
      }
      host.observe((direction, frame, nanos) -> {
        if (direction == FrameObserver.Direction.SENT) {
          sent(frame, nanos);
        }
      });
    }
  }

  private synchronized void sent(Frame frame, long nanos) {
    ByteBuf bytes = frame.payload();
    EthernetHeader link = EthernetHeader.parse(bytes, Rejections.UNCOUNTED);
    if (link == null || link.type() != EtherType.IPV4 && link.type() != EtherType.IPV6) {
      return;
    }
    ByteBuf packet = bytes.slice(bytes.readerIndex() + link.length(), bytes.readableBytes() - link.length());
    IpHeaders headers = IpHeaders.parse(packet, Rejections.UNCOUNTED);
    if (headers == null || headers.protocol() != IpProtocol.TCP || headers.isFragment()) {
      return;
    }
    TcpSegment segment = TcpSegment.parse(
        packet.slice(packet.readerIndex() + headers.length(), headers.totalLength() - headers.length()),
        EnclosingPacket.of(headers.source(), headers.destination(), 0, frame.facts()), Rejections.UNCOUNTED);
    if (segment != null && segment.payloadLength() > 0) {
      follow(segment, nanos, link, headers);
    }
  }

  private void follow(TcpSegment segment, long nanos, EthernetHeader link, IpHeaders packet) {
    // The flow of a parsed segment is in the receiver's view.
    Endpoint source = new Endpoint(segment.flow().remoteAddress(), segment.flow().remotePort());
    Endpoint destination = new Endpoint(segment.flow().localAddress(), segment.flow().localPort());
    if (request == null && destination.port() == port) {
      request = new Journey(destination, segment);
    }
    if (request != null && answer == null && source.equals(request.server)) {
      answer = new Journey(source, segment);
    }
    Hop hop = new Hop(nanos, link, packet, source, destination);
    if (request != null && destination.equals(request.server) && segment.seq() == request.seq) {
      request.add(hop);
    } else if (answer != null && source.equals(answer.server) && segment.seq() == answer.seq) {
      answer.add(hop);
    }
  }

  /** Returns the tables of the segments so far. Times count from the first frame of the request. */
  synchronized String text() {
    return request == null
        ? "no request was sent\n"
        : table("request", request, request) + (answer == null
            ? "no answer was sent\n"
            : table("answer", answer, request));
  }

  private String table(String title, Journey journey, Journey first) {
    long origin = first.hops.getFirst().nanos;
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    for (Hop hop : journey.hops) {
      rows.add(List.of(String.format(Locale.ROOT, "%.3f", (hop.nanos - origin) / 1e6),
          station(hop.link.source()), station(hop.link.destination()),
          hop.link.source() + " > " + hop.link.destination(), hop.source + " > " + hop.destination,
          String.valueOf(hop.packet.hopLimit())));
    }
    return title + ": " + journey.text + "\n" + Columns.text(rows);
  }

  private String station(MacAddress address) {
    return stations.getOrDefault(address, "?");
  }
}
