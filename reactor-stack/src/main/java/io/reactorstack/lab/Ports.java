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

  /** Frames that wait for a device's credit; what does not fit is dropped. */
  static final int QUEUE = 1024;

  /** Why a junction dropped a frame. */
  enum PortDrop implements DropReason {
    /** The queue of the outgoing port was full. */
    QUEUE_FULL,
    /** Shorter than an Ethernet header, or sent from a group address. */
    MALFORMED,
    /** The port behind which the receiver is, is the one that the frame came from. */
    NOWHERE_TO_GO,
    /** There was no memory for the copy that leaves by one of several ports. */
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
   * No ports yet.
   *
   * @param forward what to do with a frame that came in at a port; owns the frame
   */
  Ports(Lab lab, BiConsumer<Port, Frame> forward) {
    this.lab = lab;
    this.forward = forward;
  }

  /** Those of {@code junction}. */
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

  /** The wires that are plugged in; not what else is. */
  List<Wire> wires() {
    return ports.stream().map(port -> port.wire).filter(Objects::nonNull).toList();
  }

  /** Sends {@code frame} out of every port but {@code from}. */
  void flood(Port from, Frame frame) {
    for (Port port : ports) {
      if (port != from) {
        // A copy each, since every receiver may write into its own, as a router does.
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
      // The copy's memory is the sender's: what is behind this port misses the frame.
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

  /** One port. */
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
