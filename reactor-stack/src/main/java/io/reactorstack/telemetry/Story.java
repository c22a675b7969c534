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
 * The story of an exchange, as a sequence diagram in text: who said what to whom and when, from ARP to FIN, with relative
 * times and sequence numbers, windows in bytes, and marks for what went wrong.
 *
 * <p>Its {@linkplain #observer observer} looks at frames at one point of the network, or at several: a frame that one of
 * them saw being sent is not told again where another receives it. Long transfers are told in sum. A story is bounded:
 * what exceeds its length is counted.
 *
 * <p>May be asked for its text from any thread at any time.
 */
public final class Story {

  private static final int MOST_STEPS = 10_000;
  private static final int MOST_CONNECTIONS = 10_000;
  private static final int MOST_DESCRIBED = 1024;

  private final Diagram diagram;
  private final int mostSteps;
  private final Map<Integer, FrameReader.Upper> tcpUppers;
  private final FrameReader.@Nullable Upper anyTcpUpper;
  private final FrameReader reader;
  private final List<Step> steps = new ArrayList<>();
  private final List<Run> runs = new ArrayList<>();
  private final Map<FourTuple, TcpTrail> trails = new LinkedHashMap<>();
  /** Who sent what has no readable header. */
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
    this.reader = new FrameReader(builder.uppers.udp, new FrameReader.Listener() {
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

  /** A story without names. */
  public static Story create() {
    return builder().build();
  }

  /** The settings of a story. */
  public static Builder builder() {
    return new Builder(Map.of(), new Uppers(Map.of(), Map.of(), null), Diagram.Look.DEFAULT, MOST_STEPS);
  }

  /** An observer for one point of an Ethernet. */
  public FrameObserver observer() {
    return (direction, frame, nanos) -> tell(direction, frame, nanos, "");
  }

  /**
   * Tells of a frame that crossed a device of an Ethernet, as {@link #observer} does.
   *
   * @param nanos the loop's clock
   * @param note a remark to stand before the frame's text, such as what has become of it; empty for none
   */
  public void tell(FrameObserver.Direction direction, Frame frame, long nanos, String note) {
    observe(direction, frame, nanos, true, note);
  }

  /** An observer for a point at which frames are bare IP packets. */
  public FrameObserver ipObserver() {
    return (direction, frame, nanos) -> observe(direction, frame, nanos, false, "");
  }

  /** The diagram so far, ending in a line break; empty if nothing was seen. */
  public synchronized String text() {
    Set<String> order = new LinkedHashSet<>();
    List<Step> alone = steps.stream().map(this::placed).toList();
    List<Step> all = new ArrayList<>(alone);
    // A run is laid out by who stands left of whom, which in turn the run's first steps may decide.
    runs.forEach(run -> all.addAll(run.steps((from, to) -> "")));
    all.stream().sorted().forEach(step -> {
      order.add(step.from());
      order.add(step.to());
    });
    order.remove(Step.EVERYONE);
    List<String> columns = Diagram.columns(order);
    BinaryOperator<String> arrow = (from, to) -> diagram.arrow(columns.indexOf(from) < columns.indexOf(to));
    List<Step> told = new ArrayList<>(alone);
    runs.forEach(run -> told.addAll(run.steps(arrow)));
    told.sort(null);
    return diagram.draw(columns, told) + (untold == 0 ? "" : "and " + untold + " more frames that are not told\n");
  }

  private Step placed(Step step) {
    return new Step(
        step.nanos(), step.number(), reader.known(step.from()), reader.known(step.to()), step.text(), step.mutual());
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

  /** The source's link address, or the IP source where there is none; a text in what is too short for either. */
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
    // A parsed segment's flow is seen from its receiver.
    FourTuple received = segment.flow();
    boolean fromOpener = trails.containsKey(received) || !trails.containsKey(received.reversed());
    FourTuple key = fromOpener ? received : received.reversed();
    TcpTrail trail = trails.get(key);
    if (trail == null || trail.isOver(segment, fromOpener)) {
      if (trails.size() >= MOST_CONNECTIONS) {
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
    FrameReader.Upper upper = tcpUppers.getOrDefault(segment.flow().localPort(),
        tcpUppers.getOrDefault(segment.flow().remotePort(), anyTcpUpper));
    int length = Math.min(segment.payloadLength(), MOST_DESCRIBED);
    if (upper == null || length == 0) {
      return Optional.empty();
    }
    byte[] octets = ByteBufUtil.getBytes(segment.payload(), segment.payload().readerIndex(), length, true);
    return FrameReader.described(upper, octets);
  }

  /** Describers of the protocols above UDP and TCP, by port, and of TCP's other ports. */
  private record Uppers(
      Map<Integer, FrameReader.Upper> udp, Map<Integer, FrameReader.Upper> tcp, FrameReader.@Nullable Upper anyTcp) {}

  /** What a story is told with; immutable. */
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

    /** Calls the hosts of {@code lab} by their names, those that it has now. */
    public Builder names(HostNames lab) {
      Builder named = this;
      for (Map.Entry<IpAddress, String> host : Checks.given("names lab", lab).hostNames().entrySet()) {
        named = named.name(host.getKey(), host.getValue());
      }
      return named;
    }

    /** Calls the host at {@code address} by its name. */
    public Builder name(IpAddress address, String name) {
      return new Builder(
          plus(names, Checks.given("address", address).toString(), Checks.text("name", name)), uppers, look, steps);
    }

    /** Tells datagrams from and to {@code port} as messages of {@code protocol}. */
    public Builder udp(int port, String protocol, Describer describer) {
      Map<Integer, FrameReader.Upper> more = plus(
          uppers.udp, Checks.range("port", port, 0, 65535, "as UDP has them"),
          new FrameReader.Upper(Checks.text("protocol", protocol) + " ", Checks.given("describer", describer)));
      return new Builder(names, new Uppers(more, uppers.tcp, uppers.anyTcp), look, steps);
    }

    /** Tells what segments from and to {@code port} say, where one begins a message that {@code describer} knows. */
    public Builder tcp(int port, Describer describer) {
      Map<Integer, FrameReader.Upper> more = plus(
          uppers.tcp, Checks.range("port", port, 0, 65535, "as TCP has them"),
          new FrameReader.Upper("", Checks.given("describer", describer)));
      return new Builder(names, new Uppers(uppers.udp, more, uppers.anyTcp), look, steps);
    }

    /** Tells what segments of all ports that have no describer say, where one begins a message that {@code describer} knows. */
    public Builder tcp(Describer describer) {
      FrameReader.Upper any = new FrameReader.Upper("", Checks.given("describer", describer));
      return new Builder(names, new Uppers(uppers.udp, uppers.tcp, any), look, steps);
    }

    /** Draws at most {@code columns} wide, 60 to 10000; 110 if nothing is said. */
    public Builder width(int columns) {
      return new Builder(names, uppers, look.width(Checks.range("width", columns, 60, 10_000, "columns")), steps);
    }

    /** Draws with ASCII characters only. */
    public Builder ascii() {
      return new Builder(names, uppers, look.plain(), steps);
    }

    /** Counts the time from {@code nanos} on, on the loop's clock; from the first frame on if nothing is said. */
    public Builder origin(long nanos) {
      return new Builder(names, uppers, look.origin(nanos), steps);
    }

    /**
     * Tells at most so many frames one by one, at least 1, and counts the others; 10000 if nothing is said.
     *
     * @throws IllegalArgumentException if {@code most} is not positive
     */
    public Builder steps(int most) {
      return new Builder(names, uppers, look, Checks.positive("steps", most, "frames"));
    }

    /** The story, at its beginning. */
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
