package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.CarrierState;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.ReceivePort;
import io.reactorstack.device.memory.TransmitPort;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.PacketFacts;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * An Ethernet device at one end of a wire.
 *
 * <p>Its credit returns at the speed of a 10 Gbit/s link, so that an endless sender takes time instead of keeping the
 * world at one instant. That speed delays no frame: a slower link is an {@link Impairment} of the wire.
 */
final class PlugDevice implements NetworkDevice, ReceivingEnd.Receiver {

  private static final Logger LOG = Loggers.getLogger(PlugDevice.class);

  /** Capacity of the transmit ring and of the receive ring, in frames. */
  static final int RING = 256;

  /** Length of the Ethernet header and one VLAN tag, in bytes: a frame may exceed the MTU by this. */
  private static final int LINK_HEADER = 18;

  private static final long LINK_GIGABITS = 10;

  private final IoEventLoop loop;
  private final HostBorder lab;
  private final DeviceCapabilities capabilities;
  private final Direction out;
  private final List<FrameObserver> observers;
  private final Runnable unplugged;
  private final ReceivePort receive;
  private final TransmitPort transmit;
  private final Deque<Frame> held = new ArrayDeque<>();
  private final Drops drops = new Drops();
  private final CarrierState carrier = new CarrierState(Carrier.UP);
  private final Runnable drainHeld = this::drainHeld;
  private boolean drainDue;
  private long linkFree;
  private int onLink;
  private volatile boolean disposed;

  /** Creates a device on {@code loop}, which may be the loop of a host. */
  PlugDevice(IoEventLoop loop, HostBorder lab, DeviceCapabilities capabilities, Direction out,
      List<FrameObserver> observers, Runnable unplugged) {
    this.loop = loop;
    this.lab = lab;
    this.capabilities = capabilities;
    this.out = out;
    this.observers = observers;
    this.unplugged = unplugged;
    this.receive = new ReceivePort(loop, this::awaited);
    this.transmit = new TransmitPort(loop, RING, this::transmit);
  }

  @Override
  public DeviceCapabilities capabilities() {
    return capabilities;
  }

  /** The frames are built one by one, when the wire takes them. */
  @Override
  public boolean takesBursts() {
    return false;
  }

  @Override
  public Drops drops() {
    return drops;
  }

  @Override
  public Flux<Frame> receive() {
    return receive;
  }

  @Override
  public Mono<Void> send(Publisher<Frame> frames) {
    return transmit.send(frames);
  }

  @Override
  public Flux<Carrier> carrier() {
    return carrier.flux();
  }

  CarrierState carrierState() {
    return carrier;
  }

  @Override
  public void dispose() {
    if (!loop.inEventLoop()) {
      loop.execute(this::dispose);
    } else if (!disposed) {
      disposed = true;
      unplugged.run();
      transmit.close();
      receive.complete();
      held.forEach(Frame::release);
      held.clear();
      carrier.end();
    }
  }

  @Override
  public boolean isDisposed() {
    return disposed;
  }

  /**
   * Leaves the wire like a device that loses its power: drops the frames it holds and notifies no subscriber. On the
   * loop.
   */
  void vanish() {
    if (!disposed) {
      disposed = true;
      unplugged.run();
      held.forEach(Frame::release);
      held.clear();
    }
  }

  /** Takes a frame from the wire, or returns false if the receive ring is full; called in a task of the loop. */
  @Override
  public boolean arrive(Frame sent) {
    Frame frame = new Frame(sent.payload(), PacketFacts.receivedAt(loop.ticker().nanoTime()));
    if (receive.isReady() && held.isEmpty() && lab.runs()) {
      lab.inHost(() -> emit(frame));
      return true;
    }
    if (held.size() == RING) {
      return false;
    }
    held.add(frame);
    if (!lab.runs()) {
      // Schedules the drain on the paused host's loop; it runs when the host resumes.
      awaited();
    }
    return true;
  }

  int held() {
    return held.size();
  }

  private void awaited() {
    if (!held.isEmpty() && !drainDue) {
      drainDue = true;
      loop.execute(drainHeld);
    }
  }

  private void drainHeld() {
    drainDue = false;
    while (receive.isReady() && !held.isEmpty()) {
      emit(held.remove());
    }
  }

  private void emit(Frame frame) {
    show(FrameObserver.Direction.RECEIVED, frame);
    receive.emit(lab.intoMemory(frame));
  }

  private void show(FrameObserver.Direction direction, Frame frame) {
    for (FrameObserver observer : observers) {
      try {
        observer.onFrame(direction, frame, lab.nanoTime());
      } catch (Throwable e) {
        // An observer must not be able to stop the traffic.
        LOG.error("an observer failed", e);
      }
    }
  }

  private void transmit(Frame frame) {
    if (disposed) {
      frame.release();
      return;
    }
    int bytes = frame.payload().readableBytes();
    linkFree = Math.max(linkFree, loop.ticker().nanoTime()) + bytes * 8L / LINK_GIGABITS;
    if (onLink++ == 0) {
      loop.execute(this::returnCredit);
    }
    if (bytes > capabilities.mtu() + LINK_HEADER) {
      drops.drop(frame, DeviceDrop.TOO_LONG);
    } else {
      lab.outsideHost(() -> {
        show(FrameObserver.Direction.SENT, frame);
        out.transmit(frame);
      });
    }
  }

  /** Returns the credit of a whole burst when its last frame has left the link. */
  private void returnCredit() {
    if (disposed) {
      return;
    }
    long wait = linkFree - loop.ticker().nanoTime();
    if (wait > 0) {
      loop.schedule(this::returnCredit, wait, TimeUnit.NANOSECONDS);
    } else {
      int left = onLink;
      onLink = 0;
      transmit.free(left);
    }
  }
}
