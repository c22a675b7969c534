package io.reactorstack.ethernet;

import io.netty.util.concurrent.EventExecutor;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.ReceivePort;
import io.reactorstack.device.memory.TransmitPort;
import io.reactorstack.layer.Drops;
import io.reactorstack.wire.EthernetHeader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;

/**
 * One Ethernet device that several interfaces share: one for untagged frames, and one for each VLAN (IEEE 802.1Q).
 *
 * <p>Each interface has a {@linkplain #port port}, which is a device of its own: it receives the frames of its VLAN
 * with their tags, and its frames wait in a ring until the device requests them, in the order of all ports. Frames that
 * are untagged, whose tag carries only a priority (VLAN identifier 0), or whose VLAN has no port go to the untagged
 * port; the {@link EthernetLayer} above it counts those that it does not accept. The device is closed with its last
 * port.
 *
 * <p>Order of use: the constructor, {@link #port} for each interface, then {@link #connect}. Confined to the device's
 * loop.
 */
public final class VlanTrunk {

  /** The number of the port for untagged frames. */
  public static final int UNTAGGED = 0;

  /** The highest identifier of a VLAN; 4095 is reserved. */
  public static final int HIGHEST = 4094;

  /** The maximum number of frames of one port that wait for the device. */
  static final int RING = 64;

  private record Waiting(Port from, Frame frame) {}

  private final NetworkDevice device;
  private final EventExecutor loop;
  private final Outward outward = new Outward();
  private final Sinks.Empty<Void> failure = Sinks.empty();
  /** The open ports, by VLAN identifier. */
  private final @Nullable Port[] ports = new Port[HIGHEST + 1];
  private int open;

  /**
   * Shares {@code device}, which belongs to the trunk unless this constructor throws.
   *
   * @param loop the device's loop
   * @throws DeviceException if the medium is not Ethernet
   */
  public VlanTrunk(NetworkDevice device, EventExecutor loop) {
    if (device.capabilities().medium() != Medium.ETHERNET) {
      throw new DeviceException(
          DeviceException.Reason.UNSUPPORTED, device + " cannot carry VLANs: its medium is not Ethernet");
    }
    this.device = device;
    this.loop = loop;
  }

  /** Returns {@code vlan} if it is 1 to {@value #HIGHEST}, or {@link #UNTAGGED}; otherwise throws. */
  static int check(int vlan) {
    if (vlan < UNTAGGED || vlan > HIGHEST) {
      throw new IllegalArgumentException("VLAN " + vlan + " is not in 0.." + HIGHEST + " (IEEE 802.1Q)");
    }
    return vlan;
  }

  /**
   * Returns the device for the interface of one VLAN.
   *
   * @param vlan 1 to {@value #HIGHEST}, or {@link #UNTAGGED}
   * @throws IllegalArgumentException if {@code vlan} is out of range, or has a port already
   */
  public NetworkDevice port(int vlan) {
    if (ports[check(vlan)] != null) {
      throw new IllegalArgumentException(device + " already has a port for VLAN " + vlan);
    }
    Port port = new Port(vlan);
    ports[vlan] = port;
    open++;
    return port;
  }

  /** Begins to receive frames from the device, and to send those of the ports. */
  public void connect() {
    device.send(outward).subscribe(null, failure::tryEmitError);
    device.receive().subscribe(this::deliver, cause -> each(port -> port.receive.fail(cause)),
        () -> each(port -> port.receive.complete()));
  }

  private void deliver(Frame frame) {
    Port port = ports[portOf(EthernetHeader.vlanOf(frame.payload()))];
    if (port != null && port.receive.isReady()) {
      port.receive.emit(frame);
    } else {
      device.drops().drop(frame, DeviceDrop.CANCELLED);
    }
  }

  private int portOf(int vlan) {
    return vlan > HIGHEST || ports[vlan] == null ? UNTAGGED : vlan;
  }

  /** Signals an end of the device to the open ports, each of which may close itself in reaction. */
  private void each(Consumer<Port> signal) {
    List<Port> now = new ArrayList<>();
    for (Port port : ports) {
      if (port != null) {
        now.add(port);
      }
    }
    now.forEach(signal);
  }

  private void close(Port port) {
    ports[port.vlan] = null;
    if (--open == 0) {
      device.dispose();
      outward.cancel();
    }
  }

  /** The device of one interface. */
  private final class Port implements NetworkDevice {

    private final int vlan;
    private final ReceivePort receive;
    private final TransmitPort transmit;
    private volatile boolean disposed;

    Port(int vlan) {
      this.vlan = vlan;
      this.receive = new ReceivePort(loop, () -> {
        // The device is read all the time; nothing waits for the demand of a port.
      });
      this.transmit = new TransmitPort(loop, RING, frame -> outward.add(new Waiting(this, frame)));
    }

    @Override
    public DeviceCapabilities capabilities() {
      return device.capabilities();
    }

    @Override
    public Drops drops() {
      return device.drops();
    }

    @Override
    public Flux<Frame> receive() {
      return receive;
    }

    @Override
    public Mono<Void> send(Publisher<Frame> frames) {
      return Mono.firstWithSignal(failure.asMono(), transmit.send(frames));
    }

    @Override
    public Flux<Carrier> carrier() {
      return device.carrier();
    }

    @Override
    public void dispose() {
      if (!disposed) {
        disposed = true;
        transmit.close();
        receive.complete();
        close(this);
      }
    }

    @Override
    public boolean isDisposed() {
      return disposed;
    }

    @Override
    public String toString() {
      return device + (vlan == UNTAGGED ? ", untagged" : ", VLAN " + vlan);
    }
  }

  /** The frames of all ports that wait for the device, in the order in which they were sent. */
  private final class Outward extends Flux<Frame> implements Subscription {

    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private @Nullable CoreSubscriber<? super Frame> medium;
    private long credit;
    private boolean draining;
    private boolean cancelled;

    @Override
    public void subscribe(CoreSubscriber<? super Frame> actual) {
      medium = actual;
      actual.onSubscribe(this);
    }

    void add(Waiting next) {
      if (cancelled) {
        next.frame.release();
        return;
      }
      waiting.addLast(next);
      drain();
    }

    @Override
    public void request(long n) {
      if (!Operators.validate(n)) {
        return;
      }
      credit = Operators.addCap(credit, n);
      drain();
    }

    private void drain() {
      CoreSubscriber<? super Frame> to = medium;
      if (draining || to == null) {
        return;
      }
      draining = true;
      try {
        for (Waiting next = poll(); next != null; next = poll()) {
          to.onNext(next.frame);
          next.from.transmit.free(1);
        }
      } finally {
        draining = false;
      }
    }

    private @Nullable Waiting poll() {
      if (credit == 0 || waiting.isEmpty()) {
        return null;
      }
      if (credit != Long.MAX_VALUE) {
        credit--;
      }
      return waiting.pollFirst();
    }

    @Override
    public void cancel() {
      cancelled = true;
      medium = null;
      waiting.forEach(each -> each.frame.release());
      waiting.clear();
    }
  }
}
