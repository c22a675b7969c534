package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.ReceivePort;
import io.reactorstack.device.memory.TransmitPort;
import io.reactorstack.lab.report.KeptFrames;
import io.reactorstack.layer.Drops;
import io.reactorstack.setting.Checks;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * A device behind an unreliable line: frames that it sends and receives are delayed, lost, reordered, duplicated and
 * corrupted as on a {@link Wire} of the lab, in real or virtual time, depending on its loop.
 *
 * <p>It tests a stack on a real interface against real peers, over a network that fails on demand.
 */
public final class ImpairedDevice implements NetworkDevice {

  private static final int RING = 256;

  private final NetworkDevice device;
  private final Direction outbound;
  private final Direction inbound;
  private final TransmitPort transmit;
  private final ReceivePort receive;
  private final Outward outward = new Outward();
  private final Inward inward = new Inward();
  private final Drops drops;

  private ImpairedDevice(NetworkDevice device, IoEventLoop loop, Impairment sent, Impairment received, long seed) {
    this.device = device;
    this.drops = device.drops();
    Seeds seeds = new Seeds(seed);
    DecisionBook none = new DecisionBook(false, null);
    KeptFrames unkept = new KeptFrames(0);
    outbound = new Direction(">", loop, seeds, sent, none, unkept);
    inbound = new Direction("<", loop, seeds, received, none, unkept);
    outbound.opposite(inbound);
    inbound.opposite(outbound);
    transmit = new TransmitPort(loop, RING, outward::take);
    receive = new ReceivePort(loop, () -> loop.execute(inward::drain));
    outbound.end().receiver(outward);
    inbound.end().receiver(inward);
  }

  /**
   * Returns a factory that opens {@code device} behind a line with the impairments {@code sent} and {@code received},
   * which draw at random from {@code seed}.
   */
  public static Factory around(Factory device, Impairment sent, Impairment received, long seed) {
    Checks.given("device", device);
    Checks.given("sent", sent);
    Checks.given("received", received);
    return new Factory() {
      @Override
      public NetworkDevice open(IoEventLoop loop) {
        return new ImpairedDevice(device.withoutOffload().open(loop), loop, sent, received, seed);
      }

      @Override
      public IoEventLoopGroup newLoopGroup(String threadName) {
        return device.newLoopGroup(threadName);
      }
    };
  }

  @Override
  public DeviceCapabilities capabilities() {
    return device.capabilities();
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

  /** Returns the counters of the frames sent; call it on the loop. */
  public WireCounters countersOfSent() {
    return outbound.counters();
  }

  /** Returns the counters of the frames received; call it on the loop. */
  public WireCounters countersOfReceived() {
    return inbound.counters();
  }

  /**
   * Adds {@code effect} to both directions until the scope is closed, as {@link Wire#with} does. Call this method and
   * the scope on the loop. "To the right" is the direction of sent frames. Effects that parse frames expect Ethernet.
   */
  public Scope with(Effect effect) {
    Scope sent = with(outbound, effect, true);
    Scope received = with(inbound, effect, false);
    return () -> {
      sent.close();
      received.close();
    };
  }

  /** Like {@link #with}, for sent frames only. */
  public Scope withSent(Effect effect) {
    return with(outbound, effect, true);
  }

  /** Like {@link #with}, for received frames only. */
  public Scope withReceived(Effect effect) {
    return with(inbound, effect, false);
  }

  private static Scope with(Direction direction, Effect effect, boolean sent) {
    EffectPlace place = direction.add(Checks.given("effect to put a device behind (with)", effect), sent);
    return () -> direction.remove(place);
  }

  @Override
  public Flux<Frame> receive() {
    return receive.doOnSubscribe(subscription -> inward.start());
  }

  @Override
  public Mono<Void> send(Publisher<Frame> frames) {
    return Mono.defer(() -> {
      // The inner device's send fails when its medium fails; this send then fails too.
      Mono<Void> medium = device.send(outward);
      return Mono.firstWithSignal(medium.then(Mono.never()), transmit.send(frames));
    });
  }

  @Override
  public Flux<Carrier> carrier() {
    return device.carrier();
  }

  @Override
  public void dispose() {
    transmit.close();
    outbound.close();
    inbound.close();
    outward.close();
    inward.close();
    device.dispose();
    receive.complete();
  }

  @Override
  public boolean isDisposed() {
    return device.isDisposed();
  }

  @Override
  public String toString() {
    return device + " behind a bad line";
  }

  /** The path from the line to the device: queues frames that have arrived until the device requests them. */
  private final class Outward extends Flux<Frame> implements ReceivingEnd.Receiver, Subscription {

    private final Deque<Frame> waiting = new ArrayDeque<>();
    private @Nullable CoreSubscriber<? super Frame> medium;
    private long demand;
    private boolean draining;
    /** Free slots of the transmit ring that are withheld while too many frames wait here. */
    private long owed;

    /** Sends a frame of the host into the line, and frees its ring slot unless too many frames wait at the far end. */
    void take(Frame frame) {
      outbound.transmit(frame);
      if (waiting.size() < RING) {
        transmit.free(1);
      } else {
        owed++;
      }
    }

    @Override
    public boolean arrive(Frame frame) {
      waiting.add(frame);
      drain();
      return true;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Frame> actual) {
      medium = actual;
      actual.onSubscribe(this);
    }

    @Override
    public void request(long n) {
      if (Operators.validate(n)) {
        demand = Operators.addCap(demand, n);
      }
      drain();
    }

    private void drain() {
      CoreSubscriber<? super Frame> to = medium;
      if (draining || to == null) {
        return;
      }
      draining = true;
      while (demand > 0 && !waiting.isEmpty()) {
        demand--;
        to.onNext(waiting.remove());
      }
      draining = false;
      if (owed > 0 && waiting.size() < RING) {
        long credit = owed;
        owed = 0;
        transmit.free(credit);
      }
    }

    @Override
    public void cancel() {
      close();
    }

    void close() {
      medium = null;
      waiting.forEach(Frame::release);
      waiting.clear();
    }
  }

  /** The path from the device over the line to the host. */
  private final class Inward extends BaseSubscriber<Frame> implements ReceivingEnd.Receiver {

    private final Deque<Frame> held = new ArrayDeque<>();
    private boolean started;

    void start() {
      if (!started) {
        started = true;
        device.receive().subscribe(this);
      }
    }

    @Override
    protected void hookOnNext(Frame frame) {
      inbound.transmit(frame);
    }

    @Override
    protected void hookOnComplete() {
      receive.complete();
    }

    @Override
    protected void hookOnError(Throwable cause) {
      receive.fail(cause);
    }

    @Override
    public boolean arrive(Frame frame) {
      if (receive.isReady() && held.isEmpty()) {
        receive.emit(frame);
        return true;
      }
      return held.size() < RING && held.add(frame);
    }

    void drain() {
      while (receive.isReady() && !held.isEmpty()) {
        receive.emit(held.remove());
      }
    }

    void close() {
      cancel();
      held.forEach(Frame::release);
      held.clear();
    }
  }
}
