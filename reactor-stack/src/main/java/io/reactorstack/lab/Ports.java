package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.layer.Meters;
import io.reactorstack.packet.DropReason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Sinks;
import reactor.util.concurrent.Queues;

/** The ports of a junction, each with a bounded queue to its device, and their power. Confined to the lab's loop. */
final class Ports {

  /** Capacity of a port's queue in frames, which wait for the device's credit; further frames are dropped. */
  static final int QUEUE = 1024;

  /** The reasons for which a junction drops a frame. */
  enum PortDrop implements DropReason {
    /** The queue of the outgoing port was full. */
    QUEUE_FULL(Kind.OUTBOUND),
    /** Shorter than an Ethernet header or its tag, or sent from a group address. */
    MALFORMED(Kind.INBOUND),
    /** The port at which the frame arrived does not take frames of its VLAN, or frames with a tag, or without one. */
    OTHER_VLAN(Kind.INBOUND),
    /** The frame has a new source address, and its port already has the permitted number of addresses. */
    TOO_MANY_ADDRESSES(Kind.INBOUND),
    /** The frame arrived at a port that only sends copies of the frames of others. */
    MIRROR_PORT(Kind.INBOUND),
    /** There was no memory for the copy that leaves through one of several ports. */
    NO_MEMORY(Kind.OUTBOUND),
    /** The frame arrived while the junction was without power. */
    NO_POWER(Kind.INBOUND),
    /** The frame was in the queue of a port when the junction lost its power. */
    LOST_IN_CRASH(Kind.OUTBOUND);

    private final Kind kind;

    PortDrop(Kind kind) {
      this.kind = kind;
    }

    @Override
    public String layer() {
      return "junction";
    }

    @Override
    public Kind kind() {
      return kind;
    }
  }

  /** The part of a junction that decides where frames go. */
  interface Bridge {

    /** Takes over a frame that has arrived at {@code from}. */
    void forward(Port from, Frame frame);

    /**
     * Returns the VLAN identifier with which a frame leaves at {@code to} that arrives at {@code from} with {@code
     * tagged}; {@link Vlans#NONE} if it does not leave there.
     */
    int leaving(Port from, Port to, int tagged);

    /** The device of {@code port} was unplugged. */
    default void onClosed(Port port) {
      // Nothing to forget.
    }
  }

  private final Lab lab;
  private final List<Port> ports = new ArrayList<>();
  private final Meters meters = new Meters();
  private final Drops drops = new Drops(meters);
  private final Bridge bridge;
  private int attached;
  private boolean running = true;

  /**
   * Creates an empty set of ports.
   *
   * @param bridge takes over each frame that arrives at a port
   */
  Ports(Lab lab, Bridge bridge) {
    this.lab = lab;
    this.bridge = bridge;
  }

  /** Returns the ports of {@code junction}. */
  static Ports of(Junction junction) {
    return switch (junction) {
      case Hub hub -> hub.inside();
      case Switch learning -> learning.inside();
      case NewPorts some -> some.of().inside();
    };
  }

  /** Adds a port, whose VLANs only a switch takes into account. */
  void attach(NetworkDevice.Factory factory, PortMode mode) {
    Plug plug = factory instanceof Plug given ? given : null;
    attached++;
    ports.add(new Port(factory.open(lab.neutralLoop()), nameFor(plug), plug, mode));
    if (plug != null) {
      plug.wire().joins(this);
    }
  }

  private String nameFor(@Nullable Plug plug) {
    String name = plug == null ? "port" + attached : plug.wire().name();
    return named(name) == null
        ? name
        : Stream.iterate(2, n -> n + 1).map(n -> name + "-" + n).filter(each -> named(each) == null).findFirst()
            .orElseThrow();
  }

  /** The ports, in the order in which they were added. */
  List<Port> all() {
    return Collections.unmodifiableList(ports);
  }

  /** Returns the port of this name; {@code null} if there is none. */
  @Nullable
  Port named(String name) {
    for (int i = 0; i < ports.size(); i++) {
      if (ports.get(i).name.equals(name)) {
        return ports.get(i);
      }
    }
    return null;
  }

  /** Returns the port of {@code wire}; {@code null} if it is not plugged in here. */
  @Nullable
  Port of(Wire wire) {
    return ports.stream().filter(port -> port.isAt(wire)).findFirst().orElse(null);
  }

  /** Returns whether {@code end} is plugged in here. */
  boolean has(Plug end) {
    return ports.stream().anyMatch(port -> port.plug != null && port.plug.isSameEnd(end));
  }

  /** The wires that are plugged in, not other devices. */
  List<Wire> wires() {
    return ports.stream().map(port -> port.plug).filter(Objects::nonNull).map(Plug::wire).toList();
  }

  /** Returns the frames on other wires that the frames of {@code arriving} become here. */
  List<WireVlan> beyond(WireVlan arriving) {
    return ports.stream().filter(from -> from.isAt(arriving.wire()))
        .flatMap(from -> beyond(from, arriving.tagged()).stream()).toList();
  }

  private List<WireVlan> beyond(Port from, int tagged) {
    List<WireVlan> beyond = new ArrayList<>();
    for (Port to : ports) {
      int leaving = to == from ? Vlans.NONE : bridge.leaving(from, to, tagged);
      if (leaving != Vlans.NONE && to.plug != null) {
        beyond.add(new WireVlan(to.plug.wire(), leaving));
      }
    }
    return beyond;
  }

  /** Returns a copy of {@code frame} with the bytes that {@code copy} makes; {@code null} if there is no memory. */
  @Nullable
  Frame copy(Frame frame, UnaryOperator<ByteBuf> copy) {
    try {
      return new Frame(copy.apply(frame.payload()), frame.facts());
    } catch (VirtualMachineError e) {
      // The sender's heap is too small for the copy; only the stations behind this port miss the frame.
      drops.count(PortDrop.NO_MEMORY);
      return null;
    }
  }

  void drop(Frame frame, PortDrop reason) {
    drops.drop(frame, reason);
  }

  Drops drops() {
    return drops;
  }

  Meters meters() {
    return meters;
  }

  int framesInside() {
    return ports.stream().mapToInt(port -> port.queue.size()).sum();
  }

  // ---- power

  boolean isRunning() { return running; }

  /** Drops the frames in the queues, and all that arrive from now on. */
  void crash() {
    running = false;
    for (Port port : List.copyOf(ports)) {
      for (Frame frame = port.queue.poll(); frame != null; frame = port.queue.poll()) {
        drop(frame, PortDrop.LOST_IN_CRASH);
      }
    }
  }

  void restart() {
    running = true;
  }

  void close() {
    List.copyOf(ports).forEach(Port::close);
  }

  /** A port, with the device plugged in and the queue of frames to it. */
  final class Port {

    private final NetworkDevice device;
    private final String name;
    private final @Nullable Plug plug;
    private PortMode mode;
    private final Queue<Frame> queue = Queues.<Frame>get(QUEUE).get();
    private final Sinks.Many<Frame> out = Sinks.unsafe().many().unicast().onBackpressureBuffer(queue);
    private final Disposable.Composite running = Disposables.composite();
    private final Counter received;
    private final Counter sent;

    private Port(NetworkDevice device, String name, @Nullable Plug plug, PortMode mode) {
      this.device = device;
      this.name = name;
      this.plug = plug;
      this.mode = mode;
      Meters own = meters.with(MeterTag.INTERFACE, name);
      received = own.counter(FrameMeter.FRAMES_RECEIVED);
      sent = own.counter(FrameMeter.FRAMES_SENT);
      running.add(device.send(out.asFlux().doOnDiscard(Frame.class, Frame::release)).subscribe(done -> {}, this::gone));
      running.add(device.receive().subscribe(this::arrive, this::gone, this::close));
    }

    /** The wire's name, or a number; unique in the junction. */
    String name() {
      return name;
    }

    /** The end of the wire; {@code null} if another device is plugged in. */
    @Nullable
    Plug plug() {
      return plug;
    }

    PortMode mode() {
      return mode;
    }

    void mode(PortMode changed) {
      mode = changed;
    }

    DeviceCapabilities capabilities() {
      return device.capabilities();
    }

    /** The number of frames that have arrived. */
    long received() {
      return received.getAsLong();
    }

    /** The number of frames that have left or wait in the queue. */
    long sent() {
      return sent.getAsLong();
    }

    boolean isAt(Wire wire) {
      return plug != null && plug.wire().equals(wire);
    }

    private void arrive(Frame frame) {
      received.increment();
      if (Ports.this.running) {
        bridge.forward(this, frame);
      } else {
        drop(frame, PortDrop.NO_POWER);
      }
    }

    void send(Frame frame) {
      if (!Ports.this.running) {
        drop(frame, PortDrop.LOST_IN_CRASH);
      } else if (out.tryEmitNext(frame).isFailure()) {
        drop(frame, PortDrop.QUEUE_FULL);
      } else {
        sent.increment();
      }
    }

    private void gone(Throwable cause) {
      close();
    }

    private void close() {
      if (ports.remove(this)) {
        bridge.onClosed(this);
      }
      running.dispose();
      device.dispose();
    }
  }
}
