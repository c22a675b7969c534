package io.reactorstack.telemetry;

import io.netty.buffer.ByteBufUtil;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.setting.Checks;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A sequence diagram of an exchange in text: the frames in order of time, from ARP to FIN, with sender and receiver,
 * relative times and sequence numbers, windows in bytes, and marks for events such as retransmissions.
 *
 * <p>Its {@linkplain #observer observers} watch frames at one or more points of the network: a frame that one of them
 * has seen being sent is not shown again when another receives it. Long transfers are summarized. A story is bounded:
 * frames beyond its limit are only counted.
 *
 * <p>{@link #text} may be called from any thread at any time.
 */
public final class Story {

  private static final int MAX_STEPS = 10_000;
  private static final int MAX_CONNECTIONS = 10_000;
  private static final int MAX_DESCRIBED = 1024;

  private final Diagram diagram;
  private final int mostSteps;
  private final Map<Integer, FrameDissector.Upper> tcpUppers;
  private final FrameDissector.@Nullable Upper anyTcpUpper;
  private final FrameDissector reader;
  private final List<Step> steps = new ArrayList<>();
  private final List<SegmentRun> runs = new ArrayList<>();
  private final Map<FourTuple, TcpTrail> trails = new LinkedHashMap<>();
  /** The sender of frames without a readable header. */
  private static final Object NOBODY = "";

  private final Set<Object> observedSenders = new HashSet<>();
  private long now;
  private String note = "";
  private long number;
  private int connections;
  private long untold;

  private Story(Builder builder) {
    this.diagram = new Diagram(builder.names, builder.look);
    this.mostSteps = builder.steps;
    this.tcpUppers = builder.uppers.tcp;
    this.anyTcpUpper = builder.uppers.anyTcp;
    this.reader = new FrameDissector(builder.uppers.udp, new FrameDissector.Listener() {
      @Override
      public void told(String from, String to, String text) {
        tell(from, to, text);
      }

      @Override
      public void segment(TcpSegment segment) {
        follow(segment);
      }
    });
  }

  /** Returns a story without names. */
  public static Story create() {
    return builder().build();
  }

  /** Returns the default settings of a story. */
  public static Builder builder() {
    return new Builder(Map.of(), new Uppers(Map.of(), Map.of(), null), Diagram.Look.DEFAULT, MAX_STEPS);
  }

  /** Returns an observer for one point of an Ethernet. */
  public FrameObserver observer() {
    return (direction, frame, nanos) -> tell(direction, frame, nanos, "");
  }

  /**
   * Adds a frame that crossed an Ethernet device, as {@link #observer} does.
   *
   * @param nanos the time on the loop's clock
   * @param note a remark to put before the frame's text, such as the frame's fate; empty for none
   */
  public void tell(FrameObserver.Direction direction, Frame frame, long nanos, String note) {
    observe(direction, frame, nanos, true, note);
  }

  /** Returns an observer for a point at which frames are bare IP packets. */
  public FrameObserver ipObserver() {
    return (direction, frame, nanos) -> observe(direction, frame, nanos, false, "");
  }

  /** Returns the diagram so far, ending in a line break; empty if no frame was seen. */
  public synchronized String text() {
    Set<String> order = new LinkedHashSet<>();
    List<Step> alone = steps.stream().map(this::placed).toList();
    List<Step> all = new ArrayList<>(alone);
    // The arrows in a run's summary depend on the order of the columns, which in turn may depend on the run's first
    // steps; so the columns are computed first.
    runs.forEach(run -> run.steps((from, to) -> "").forEach(step -> all.add(placed(step))));
    all.stream().sorted().forEach(step -> {
      order.add(step.from());
      order.add(step.to());
    });
    order.remove(Step.EVERYONE);
    List<String> columns = Diagram.columns(order);
    BinaryOperator<String> arrow = (from, to) -> diagram
        .arrow(columns.indexOf(diagram.name(from)) < columns.indexOf(diagram.name(to)));
    List<Step> told = new ArrayList<>(alone);
    runs.forEach(run -> run.steps(arrow).forEach(step -> told.add(placed(step))));
    told.sort(null);
    return diagram.draw(columns, told) + (untold == 0 ? "" : "and " + untold + " more frames that are not told\n");
  }

  /** Returns the step between parties with names; all addresses of one name are one party. */
  private Step placed(Step step) {
    String from = diagram.name(reader.known(step.from()));
    String to = diagram.name(reader.known(step.to()));
    return new Step(step.nanos(), step.number(), from, to, step.text(), step.mutual());
  }

  @Override
  public String toString() {
    return text();
  }

  private synchronized void observe(
      FrameObserver.Direction direction, Frame frame, long nanos, boolean ethernet, String remark) {
    Object sender = sender(frame, ethernet);
    if (direction == FrameObserver.Direction.SENT) {
      observedSenders.add(sender);
    } else if (observedSenders.contains(sender)) {
      return;
    }
    now = nanos;
    note = remark.isEmpty() ? "" : remark + ": ";
    if (ethernet) {
      reader.readEthernet(frame);
    } else {
      reader.readBare(frame);
    }
  }

  /**
   * Returns the source link address, or the source IP address on a bare medium; a placeholder if the header cannot be
   * parsed.
   */
  private static Object sender(Frame frame, boolean ethernet) {
    if (ethernet) {
      EthernetHeader header = EthernetHeader.parse(frame.payload(), Rejections.UNCOUNTED);
      return header == null ? NOBODY : header.source();
    }
    IpHeaders headers = IpHeaders.parseQuoted(frame.payload(), Rejections.UNCOUNTED);
    return headers == null ? NOBODY : headers.source();
  }

  private void tell(String from, String to, String text) {
    if (steps.size() >= mostSteps) {
      untold++;
    } else {
      steps.add(step(from, to, text));
    }
  }

  private Step step(String from, String to, String text) {
    return new Step(now, number++, from, to, note + text, false);
  }

  private void follow(TcpSegment segment) {
    // The flow of a parsed segment is in the receiver's view: its local address is the segment's destination.
    FourTuple received = segment.flow();
    boolean fromOpener = trails.containsKey(received) || !trails.containsKey(received.reversed());
    FourTuple key = fromOpener ? received : received.reversed();
    TcpTrail trail = trails.get(key);
    if (trail == null || trail.isOver(segment, fromOpener)) {
      if (trails.size() >= MAX_CONNECTIONS) {
        untold++;
        return;
      }
      trail = new TcpTrail(++connections, key.remoteAddress().toString(), key.localAddress().toString());
      trails.put(key, trail);
      runs.add(trail.run());
    }
    TcpTrail.Telling telling = trail.tell(segment, fromOpener);
    String from = received.remoteAddress().toString();
    String to = received.localAddress().toString();
    Optional<String> said = said(segment);
    if (telling.plain() && said.isEmpty() && note.isEmpty()) {
      trail.run().add(step(from, to, telling.text()), telling);
    } else {
      tell(from, to, said.map(text -> telling.text() + ": " + text).orElse(telling.text()));
      runs.add(trail.nextRun());
    }
  }

  private Optional<String> said(TcpSegment segment) {
    FrameDissector.Upper upper = tcpUppers.getOrDefault(segment.flow().localPort(),
        tcpUppers.getOrDefault(segment.flow().remotePort(), anyTcpUpper));
    int length = Math.min(segment.payloadLength(), MAX_DESCRIBED);
    if (upper == null || length == 0) {
      return Optional.empty();
    }
    byte[] octets = ByteBufUtil.getBytes(segment.payload(), segment.payload().readerIndex(), length, true);
    return FrameDissector.described(upper, octets);
  }

  /** The describers of protocols above UDP and TCP, by port, and the one for all other TCP ports. */
  private record Uppers(
      Map<Integer, FrameDissector.Upper> udp, Map<Integer, FrameDissector.Upper> tcp,
      FrameDissector.@Nullable Upper anyTcp) {}

  /** The settings of a story; immutable, each method returns a changed copy. */
  public static final class Builder {

    private final Map<String, String> names;
    private final Uppers uppers;
    private final Diagram.Look look;
    private final int steps;

    private Builder(Map<String, String> names, Uppers uppers, Diagram.Look look, int steps) {
      this.names = names;
      this.uppers = uppers;
      this.look = look;
      this.steps = steps;
    }

    /** Shows the present hosts of {@code lab} by their names. */
    public Builder names(HostNames lab) {
      Builder named = this;
      for (Map.Entry<IpAddress, String> host : Checks.given("names lab", lab).hostNames().entrySet()) {
        named = named.name(host.getKey(), host.getValue());
      }
      return named;
    }

    /** Shows the host at {@code address} by the given name; addresses with the same name have one column. */
    public Builder name(IpAddress address, String name) {
      return new Builder(
          plus(names, Checks.given("address", address).toString(), Checks.text("name", name)), uppers, look, steps);
    }

    /** Shows datagrams from and to {@code port} as messages of {@code protocol}. */
    public Builder udp(int port, String protocol, Describer describer) {
      Map<Integer, FrameDissector.Upper> more = plus(
          uppers.udp, Checks.range("port", port, 0, 65535, "as UDP has them"),
          new FrameDissector.Upper(Checks.text("protocol", protocol) + " ", Checks.given("describer", describer)));
      return new Builder(names, new Uppers(more, uppers.tcp, uppers.anyTcp), look, steps);
    }

    /**
     * Shows messages in segments from and to {@code port}, wherever {@code describer} recognizes the beginning of one.
     */
    public Builder tcp(int port, Describer describer) {
      Map<Integer, FrameDissector.Upper> more = plus(
          uppers.tcp, Checks.range("port", port, 0, 65535, "as TCP has them"),
          new FrameDissector.Upper("", Checks.given("describer", describer)));
      return new Builder(names, new Uppers(uppers.udp, more, uppers.anyTcp), look, steps);
    }

    /**
     * Shows messages in segments of all ports without a describer of their own, wherever {@code describer} recognizes
     * the beginning of one.
     */
    public Builder tcp(Describer describer) {
      FrameDissector.Upper any = new FrameDissector.Upper("", Checks.given("describer", describer));
      return new Builder(names, new Uppers(uppers.udp, uppers.tcp, any), look, steps);
    }

    /** Sets the maximum line length, 60 to 10000 columns; 110 by default. */
    public Builder width(int columns) {
      return new Builder(names, uppers, look.width(Checks.range("width", columns, 60, 10_000, "columns")), steps);
    }

    /** Draws with ASCII characters only. */
    public Builder ascii() {
      return new Builder(names, uppers, look.plain(), steps);
    }

    /** Sets time 0 of the diagram to {@code nanos} on the loop's clock; the time of the first frame by default. */
    public Builder origin(long nanos) {
      return new Builder(names, uppers, look.origin(nanos), steps);
    }

    /**
     * Sets the maximum number of frames shown one by one, at least 1; 10000 by default. Further frames are only
     * counted.
     *
     * @throws IllegalArgumentException if {@code most} is not positive
     */
    public Builder steps(int most) {
      return new Builder(names, uppers, look, Checks.positive("steps", most, "frames"));
    }

    /** Returns a new, empty story. */
    public Story build() {
      return new Story(this);
    }

    private static <K, V> Map<K, V> plus(Map<K, V> map, K key, V value) {
      Map<K, V> larger = new LinkedHashMap<>(map);
      larger.put(key, value);
      return larger;
    }
  }
}
