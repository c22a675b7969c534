package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.LastDestination;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.host.PacketFlow;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import io.reactorstack.wire.UdpHeader;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.util.Logger;
import reactor.util.Loggers;

/** One trace: probes the hops of a path in order, several at a time, and emits each hop when its answers are complete. */
final class TraceRun extends ProbeRun<Hop> {

  private static final Logger LOG = Loggers.getLogger(TraceRun.class);

  /** The maximum number of times that a probe is sent again because it was too long for the path. */
  private static final int RESENDS = 8;

  private static final int SYN_WINDOW = 65535;
  private static final int PORTS = 0x10000;

  /** The place of one probe in the result. */
  static final class Slot {

    private final Gathering hop;
    private final int index;
    private int resends;

    Slot(Gathering hop, int index) {
      this.hop = hop;
      this.index = index;
    }
  }

  /** A hop whose answers are being gathered. */
  private static final class Gathering {

    private final int distance;
    private final Hop.@Nullable Answer[] answers;
    private final List<Hop.MtuReport> mtus = new ArrayList<>(0);
    private int sent;
    private int answered;

    Gathering(int distance, int probes) {
      this.distance = distance;
      this.answers = new Hop.Answer[probes];
    }

    boolean isComplete() { return answered == answers.length; }

    Hop result(int pathMtu) {
      List<Hop.Answer> all = new ArrayList<>(answers.length);
      for (Hop.Answer answer : answers) {
        all.add(answer == null ? new Hop.Silent() : answer);
      }
      return new Hop(distance, all, mtus, pathMtu);
    }
  }

  private final Traces traces;
  private final LoopTurn turn;
  private final IpAddress target;
  private final TraceOptions options;
  private final LastDestination last;
  private final int protocol;
  /** The hops being probed, the nearest first. */
  private final Deque<Gathering> hops = new ArrayDeque<>();
  private final Deque<Slot> again = new ArrayDeque<>();
  private final Set<TraceProbe> outstanding = new LinkedHashSet<>();
  /** The local port of datagrams, or the identifier of echo requests. */
  private int identifier;
  private int serial;
  private int nextDistance;
  /** The distance at which the path ends, as far as it is known. */
  private int end;
  private int mtu;
  private @Nullable Disposable tap;
  private boolean complete;

  TraceRun(Traces traces, LoopTurn turn, IpAddress target, TraceOptions options, CoreSubscriber<? super Hop> actual) {
    super(turn, actual);
    this.traces = traces;
    this.turn = turn;
    this.target = target;
    this.options = options;
    this.last = new LastDestination(traces.host());
    this.nextDistance = options.hops().first();
    this.end = options.hops().last();
    this.protocol = switch (options.protocol()) {
      case UDP -> IpProtocol.UDP;
      case TCP -> IpProtocol.TCP;
      case ICMP -> target.isV4() ? IpProtocol.ICMP : IpProtocol.ICMPV6;
    };
  }

  /** Called on the loop: starts to send. */
  void start() {
    if (traces.isRetired()) {
      refuse();
      return;
    }
    Destination path = last.to(target);
    if (path == null) {
      refuse(new NoRouteToHostException("No route to host: " + target));
      return;
    }
    mtu = path.linkMtu();
    try {
      identifier = chooseIdentifier(path.source());
    } catch (SocketException e) {
      refuse(e);
      return;
    }
    if (protocol == IpProtocol.UDP) {
      tap = traces.host().observe(new PacketFlow(protocol, local(path, identifier), null), this::onDatagram);
    }
    traces.began(this);
    begin();
    drain();
  }

  /** Returns the local port of all probes or the identifier; probes of TCP get a port each. */
  private int chooseIdentifier(IpAddress source) throws SocketException {
    return switch (options.protocol()) {
      case UDP -> chooseLocalPort(source);
      case TCP -> 0;
      case ICMP -> traces.chooseIdentifier(protocol, source);
    };
  }

  private int chooseLocalPort(IpAddress source) throws SocketException {
    int port = traces.choosePort(protocol, source, new Endpoint(target, options.port()));
    if (port == 0) {
      throw new SocketException("Cannot assign requested address: no port is free");
    }
    return port;
  }

  /** Returns whether the trace sends echo requests with {@code word} as their identifier. */
  boolean uses(int word) {
    return options.protocol() == TraceOptions.Protocol.ICMP && identifier == word;
  }

  private static Endpoint local(Destination path, int port) {
    return new Endpoint(path.source(), port);
  }

  @Override
  protected @Nullable Hop poll() {
    sendDue();
    Gathering first = complete || cause() != null ? null : hops.peekFirst();
    if (first == null || !first.isComplete()) {
      return null;
    }
    hops.removeFirst();
    complete = first.distance >= end;
    return first.result(options.discoverMtu() ? mtu : 0);
  }

  /** Sends as many probes as may be under way, to hops that are requested. */
  private void sendDue() {
    while (cause() == null && !complete && outstanding.size() < options.parallel()) {
      Slot slot = nextSlot();
      if (slot == null) {
        return;
      }
      try {
        send(slot);
      } catch (IOException e) {
        fail(e);
      }
    }
  }

  private @Nullable Slot nextSlot() {
    if (!again.isEmpty()) {
      return again.poll();
    }
    Gathering farthest = hops.peekLast();
    if (farthest == null || farthest.sent == farthest.answers.length) {
      if (nextDistance > end || hops.size() >= demand()) {
        return null;
      }
      farthest = new Gathering(nextDistance, options.hops().probes());
      nextDistance++;
      hops.addLast(farthest);
    }
    Slot slot = new Slot(farthest, farthest.sent);
    farthest.sent++;
    return slot;
  }

  private void send(Slot slot) throws IOException {
    Destination path = last.to(target);
    if (path == null) {
      throw new NoRouteToHostException("No route to host: " + target);
    }
    var fields = new PacketFields(options.trafficClass(), slot.hop.distance, options.discoverMtu());
    ByteBuf bytes;
    try {
      bytes = traces.allocate(length(path));
    } catch (VirtualMachineError e) {
      throw new IOException("No buffer space available: no memory for a probe", e);
    }
    bytes.writeZero(length(path));
    Traces.Key key = key(path);
    int seq = protocol == IpProtocol.TCP ? traces.random().nextInt() : 0;
    write(bytes, key, path.source(), seq);
    int length = target.headerLength() + bytes.readableBytes();
    TraceProbe probe = new TraceProbe(this, turn, key, path.source(), slot, length, seq);
    outstanding.add(probe);
    Disposable observer = protocol != IpProtocol.TCP
        ? null
        : traces.host().observe(new PacketFlow(protocol, local(path, key.word() >>> 16), new Endpoint(target,
            options.port())), this::onSegment);
    probe.await(options.timeout(), observer);
    if (!traces.send(probe, new OriginatedPacket(path, path.source(), protocol, fields, bytes, probe))) {
      probe.end();
      throw new SocketException("No buffer space available: too many probes wait for the device");
    }
  }

  private int length(Destination path) {
    return switch (options.protocol()) {
      case TCP -> 0;
      // The headers of UDP and of an echo have the same length.
      case UDP, ICMP -> options.discoverMtu()
          ? Math.min(mtu, path.linkMtu()) - target.headerLength() - UdpHeader.LENGTH
          : options.size();
    };
  }

  /** Returns the identity of the next probe: no two probes of a trace have the same. */
  private Traces.Key key(Destination path) throws SocketException {
    int number = serial++;
    return new Traces.Key(protocol, target, switch (options.protocol()) {
      case ICMP -> identifier << 16 | number & 0xffff;
      case UDP -> identifier << 16 | 1 + (options.port() - 1 + number) % (PORTS - 1);
      case TCP -> chooseLocalPort(path.source()) << 16 | options.port();
    });
  }

  private void write(ByteBuf bytes, Traces.Key key, IpAddress source, int seq) {
    int local = key.word() >>> 16;
    int remote = key.word() & 0xffff;
    switch (options.protocol()) {
      case UDP -> new UdpHeader(local, remote, UdpHeader.LENGTH + bytes.readableBytes()).write(bytes, source, target);
      case TCP -> new TcpSegment(new FourTuple(source, local, target, remote), seq, 0, TcpSegment.SYN, SYN_WINDOW, 0,
          TcpOptions.NONE, 0, bytes, PacketFacts.LOCAL).write(bytes);
      case ICMP -> {
        if (target.isV4()) {
          new Icmpv4Header(Icmpv4Header.ECHO_REQUEST, 0, key.word()).write(bytes);
        } else {
          new Icmpv6Header(Icmpv6Header.ECHO_REQUEST, 0, key.word()).write(bytes, source, target);
        }
      }
    }
  }

  /** Observes a packet of the port that sends datagrams; {@code frame} begins with its IP header. */
  private void onDatagram(Direction direction, Frame frame, long nanos) {
    ByteBuf packet = frame.payload();
    IpHeaders headers = direction == Direction.SENT ? null : IpHeaders.parse(packet, Rejections.UNCOUNTED);
    if (headers == null || !headers.source().equals(target)) {
      return;
    }
    UdpHeader header = UdpHeader.parse(transport(packet, headers), carrier(headers, frame), Rejections.UNCOUNTED);
    TraceProbe probe = header == null
        ? null
        : traces.find(protocol, target, header.destinationPort(), header.sourcePort());
    if (probe != null) {
      probe.onReply();
    }
  }

  /** Observes a packet between the ports of a SYN; {@code frame} begins with its IP header. */
  private void onSegment(Direction direction, Frame frame, long nanos) {
    ByteBuf packet = frame.payload();
    IpHeaders headers = direction == Direction.SENT ? null : IpHeaders.parse(packet, Rejections.UNCOUNTED);
    if (headers == null) {
      return;
    }
    TcpSegment segment = TcpSegment.parse(transport(packet, headers), carrier(headers, frame), Rejections.UNCOUNTED);
    if (segment == null || !segment.has(TcpSegment.ACK)) {
      return;
    }
    TraceProbe probe = traces.find(protocol, target, segment.flow().localPort(), segment.flow().remotePort());
    if (probe != null) {
      probe.onSegment(segment.ack());
    }
  }

  private static ByteBuf transport(ByteBuf packet, IpHeaders headers) {
    return packet.slice(packet.readerIndex() + headers.length(), headers.totalLength() - headers.length());
  }

  private static EnclosingPacket carrier(IpHeaders headers, Frame frame) {
    return EnclosingPacket.of(headers.source(), headers.destination(), 0, frame.facts());
  }

  void onAnswer(TraceProbe probe, Hop.Answer answer) {
    Gathering hop = probe.slot().hop;
    hop.answers[probe.slot().index] = answer;
    hop.answered++;
    if (Hop.isEnd(answer)) {
      end = Math.min(end, hop.distance);
    }
    // A message is still being handled; the subscriber is called afterwards, in a turn.
    drainSoon();
  }

  /**
   * Processes the report that {@code probe} was longer than a link; returns {@code false} if that is its answer, since
   * the path MTU is not being discovered or the report is not credible.
   */
  boolean onTooBig(TraceProbe probe, IcmpError.PacketTooBig report) {
    Slot slot = probe.slot();
    if (!options.discoverMtu() || report.mtu() >= probe.length() || slot.resends >= RESENDS) {
      return false;
    }
    if (report.mtu() < mtu) {
      mtu = report.mtu();
      slot.hop.mtus.add(new Hop.MtuReport(report.reporter(), mtu));
      Destination path = last.to(target);
      if (path != null) {
        path.lowerMtu(mtu);
      }
    }
    slot.resends++;
    again.add(slot);
    drainSoon();
    return true;
  }

  void forget(TraceProbe probe) {
    outstanding.remove(probe);
    traces.forget(probe);
  }

  @Override
  protected boolean isOver() { return cause() != null || complete; }

  @Override
  protected void failed(Throwable e) {
    LOG.error("the subscriber to a trace of {} threw; the trace ends", target, e);
  }

  @Override
  protected void ended(boolean early) {
    List.copyOf(outstanding).forEach(TraceProbe::end);
    if (tap != null) {
      tap.dispose();
    }
    hops.clear();
    again.clear();
    traces.ended(this);
  }
}
