package io.reactorstack.device.stream;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.PacketFacts;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;

/** One subscription to the frames of a stream: reads while there is demand. Confined to the loop. */
final class Inbound implements Subscription {

  /** Frames emitted at most before the loop's tasks, and with them the acknowledgements, have their turn. */
  private static final int BATCH = 64;
  /** Ethernet header and one VLAN tag: what a frame may have beyond the MTU. */
  private static final int LINK_HEADER = 18;

  private final StreamDevice device;
  private final FrameReader reader;
  private final CoreSubscriber<? super Frame> actual;
  private final int longest;
  private long demand;
  private boolean reading;
  private boolean again;
  private boolean done;
  private @Nullable Runnable lastSignal;

  Inbound(StreamDevice device, FrameReader reader, CoreSubscriber<? super Frame> actual) {
    this.device = device;
    this.reader = reader;
    this.actual = actual;
    this.longest = device.capabilities().mtu() + LINK_HEADER;
  }

  CoreSubscriber<? super Frame> actual() {
    return actual;
  }

  @Override
  public void request(long n) {
    device.onLoop(() -> onRequest(n));
  }

  private void onRequest(long n) {
    if (done) {
      return;
    }
    if (n <= 0) {
      device.forget(this);
      // Reactive Streams 3.9: a request for nothing is the subscriber's error and is signalled to it.
      finish(() -> actual.onError(Exceptions.nullOrNegativeRequestException(n)));
      return;
    }
    demand = Operators.addCap(demand, n);
    if (!reading) {
      goOn();
    }
  }

  @Override
  public void cancel() {
    device.onLoop(() -> {
      lastSignal = null;
      if (!done) {
        done = true;
        device.forget(this);
      }
    });
  }

  /** Emits frames that came, then reads more. */
  void onReadable() {
    PacketFacts facts = PacketFacts.receivedAt(device.now());
    reading = true;
    try {
      for (int budget = BATCH; !done && demand > 0 && budget > 0; budget--) {
        ByteBuf payload = reader.next();
        if (payload != null) {
          emit(payload, facts);
        } else if (!device.fill()) {
          break;
        }
      }
    } catch (FrameReader.BrokenStream e) {
      device.onBrokenStream(e);
    } finally {
      reading = false;
    }
    if (lastSignal != null) {
      lastSignal.run();
    } else if (!done) {
      goOn();
    }
  }

  private void emit(ByteBuf payload, PacketFacts facts) {
    Frame frame = new Frame(payload, facts);
    if (payload.readableBytes() > longest) {
      device.drops().drop(frame, DeviceDrop.TRUNCATED);
      return;
    }
    if (demand != Long.MAX_VALUE) {
      demand--;
    }
    actual.onNext(frame);
  }

  /** The socket tells of bytes that it has, but not of frames that were read from it already. */
  private void goOn() {
    device.awaitReadable(demand > 0);
    if (demand > 0 && reader.isReady() && !again) {
      again = true;
      device.afterwards(() -> {
        again = false;
        if (!done) {
          onReadable();
        }
      });
    }
  }

  /** The device has ended. */
  void end(DeviceException cause) {
    finish(cause.reason() == DeviceException.Reason.CLOSED ? actual::onComplete : () -> actual.onError(cause));
  }

  /** Signals the end, but to a subscriber that is just taking a frame only afterwards (Reactive Streams 1.3). */
  private void finish(Runnable signal) {
    if (done) {
      return;
    }
    done = true;
    if (reading) {
      lastSignal = signal;
    } else {
      signal.run();
    }
  }
}
