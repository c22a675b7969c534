package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.DropReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Sinks;
import reactor.util.concurrent.Queues;

/** The ports of a junction, each with a bounded queue to its device. Confined to the lab's loop. */
final class Ports {

  /** Capacity of a port's queue in frames, which wait for the device's credit; further frames are dropped. */
  static final int QUEUE = 1024;

  /** The reasons for which a junction drops a frame. */
  enum PortDrop implements DropReason {
    /** The queue of the outgoing port was full. */
    QUEUE_FULL,
    /** Shorter than an Ethernet header, or sent from a group address. */
    MALFORMED,
    /** The receiver is behind the port at which the frame arrived. */
    NOWHERE_TO_GO,
    /** There was no memory for the copy that leaves through one of several ports. */
    NO_MEMORY;

    @Override
    public String layer() {
      return "junction";
    }

    @Override
    public Kind kind() {
      return Kind.INBOUND;
    }
  }

  private final Lab lab;
  private final List<Port> ports = new ArrayList<>();
  private final Drops drops = new Drops();
  private final BiConsumer<Port, Frame> forward;

  /**
   * Creates an empty set of ports.
   *
   * @param forward takes over each frame that arrives at a port
   */
  Ports(Lab lab, BiConsumer<Port, Frame> forward) {
    this.lab = lab;
    this.forward = forward;
  }

  /** Returns the ports of {@code junction}. */
  static Ports of(Junction junction) {
    return switch (junction) {
      case Hub hub -> hub.ports();
      case Switch learning -> learning.ports();
    };
  }

  void attach(NetworkDevice.Factory factory) {
    Wire wire = factory instanceof Plug plug ? plug.wire() : null;
    ports.add(new Port(factory.open(lab.neutralLoop()), wire));
    if (wire != null) {
      wire.joins(this);
    }
  }

  /** The wires that are plugged in, not other devices. */
  List<Wire> wires() {
    return ports.stream().map(port -> port.wire).filter(Objects::nonNull).toList();
  }

  /** Sends {@code frame} out of every port except {@code from}. */
  void flood(Port from, Frame frame) {
    for (Port port : ports) {
      if (port != from) {
        // Each port gets a copy, since every receiver may write into its own, as a router does.
        sendCopy(port, frame);
      }
    }
    frame.release();
  }

  private void sendCopy(Port port, Frame frame) {
    Frame copy;
    try {
      copy = new Frame(frame.payload().copy(), frame.facts());
    } catch (VirtualMachineError e) {
      // The sender's heap is too small for the copy; only the stations behind this port miss the frame.
      drops.count(PortDrop.NO_MEMORY);
      return;
    }
    port.send(copy);
  }

  boolean has(Port port) {
    return !port.running.isDisposed();
  }

  void drop(Frame frame, PortDrop reason) {
    drops.drop(frame, reason);
  }

  Drops drops() {
    return drops;
  }

  int framesInside() {
    return ports.stream().mapToInt(port -> port.queue.size()).sum();
  }

  void close() {
    List.copyOf(ports).forEach(Port::close);
  }

  /** A port, with the device plugged in and the queue of frames to it. */
  final class Port {

    private final NetworkDevice device;
    private final @Nullable Wire wire;
    private final Queue<Frame> queue = Queues.<Frame>get(QUEUE).get();
    private final Sinks.Many<Frame> out = Sinks.unsafe().many().unicast().onBackpressureBuffer(queue);
    private final Disposable.Composite running = Disposables.composite();

    private Port(NetworkDevice device, @Nullable Wire wire) {
      this.device = device;
      this.wire = wire;
      running.add(device.send(out.asFlux().doOnDiscard(Frame.class, Frame::release)).subscribe(done -> {}, this::gone));
      running.add(device.receive().subscribe(frame -> forward.accept(this, frame), this::gone, this::close));
    }

    void send(Frame frame) {
      if (out.tryEmitNext(frame).isFailure()) {
        drops.drop(frame, PortDrop.QUEUE_FULL);
      }
    }

    private void gone(Throwable cause) {
      close();
    }

    private void close() {
      ports.remove(this);
      running.dispose();
      device.dispose();
    }
  }
}
