package io.reactorstack.neighbor;

import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.MacAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The way out of an Ethernet interface, where packets get their link address: an operator with two sources, of which the
 * link's own frames (questions, answers, packets whose answer has come) go first.
 *
 * <p>All credit of the device is passed up, so that no packet waits for a round trip of requests. A frame of our own uses
 * credit that is promised above already; the packet that then comes too many is held here until the device asks again.
 * The device's credit therefore bounds the number of packets that are held.
 */
public final class LinkOutput {

  private static final Logger LOG = Loggers.getLogger(LinkOutput.class);

  /** Most frames of our own that wait for the device. */
  static final int OWN_FRAMES = 256;

  private final LoopTurn turn;
  private final MacAddress own;
  private final Drops drops;
  private final Deque<EthernetFrame> ownFrames = new ArrayDeque<>();
  private final Deque<EthernetFrame> packets = new ArrayDeque<>();
  private @Nullable Merge active;
  private boolean closed;

  /** The way out of the interface of {@code link}. */
  public LinkOutput(LinkContext link) {
    this.turn = link.turn();
    this.own = link.mac();
    this.drops = link.drops();
    turn.atEnd(this::drain);
  }

  /** Sends a frame of our own in the next turn. */
  void transmit(EthernetFrame frame) {
    if (closed || ownFrames.size() >= OWN_FRAMES) {
      drops.drop(frame, NeighborDrop.OWN_QUEUE_FULL);
      return;
    }
    ownFrames.addLast(frame);
    turn.schedule();
  }

  /** Sends a packet that has waited for {@code destination}; the number of those is bounded by the cache. */
  void transmit(LinkPacket packet, MacAddress destination) {
    if (closed) {
      drops.drop(packet, NeighborDrop.OWN_QUEUE_FULL);
      return;
    }
    packets.addLast(frame(packet, destination));
    turn.schedule();
  }

  /** The frames to send: each packet of {@code above} as its neighbour gives it a link address, and the link's own. */
  Flux<EthernetFrame> merge(Flux<LinkPacket> above) {
    return new FluxOperator<LinkPacket, EthernetFrame>(above) {
      @Override
      public void subscribe(CoreSubscriber<? super EthernetFrame> actual) {
        if (active != null) {
          Operators.error(actual, new IllegalStateException("an interface has one way out"));
          return;
        }
        Merge next = new Merge(actual);
        active = next;
        source.subscribe(next);
      }
    };
  }

  /** Releases what waits for the device, and takes nothing more of our own. */
  void close() {
    closed = true;
    clear();
  }

  private void clear() {
    for (EthernetFrame frame = next(); frame != null; frame = next()) {
      frame.release();
    }
  }

  private @Nullable EthernetFrame next() {
    EthernetFrame frame = ownFrames.pollFirst();
    return frame != null ? frame : packets.pollFirst();
  }

  private void drain() {
    if (active != null) {
      active.drain();
    }
  }

  private EthernetFrame frame(LinkPacket packet, MacAddress destination) {
    return new EthernetFrame(destination, own, packet.etherType(), packet.payload(), packet.facts());
  }

  private final class Merge implements CoreSubscriber<LinkPacket>, Subscription {

    private final CoreSubscriber<? super EthernetFrame> actual;
    private @Nullable Subscription upstream;
    private long credit;
    private long pulled;
    private boolean draining;

    Merge(CoreSubscriber<? super EthernetFrame> actual) {
      this.actual = actual;
    }

    @Override
    public reactor.util.context.Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      actual.onSubscribe(this);
    }

    @Override
    public void request(long n) {
      credit = Operators.addCap(credit, n);
      drain();
    }

    @Override
    public void onNext(LinkPacket packet) {
      if (pulled != Long.MAX_VALUE) {
        pulled--;
      }
      MacAddress destination;
      try {
        destination = packet.to().linkAddressFor(packet);
      } catch (Throwable e) {
        // A defect of ours costs this packet and neither its memory nor the credit for the next.
        LOG.error("address resolution failed on a packet", e);
        if (packet.payload().refCnt() > 0) {
          packet.release();
        }
        drops.fault(e);
        destination = null;
      }
      if (destination == null) {
        pull();
        return;
      }
      EthernetFrame frame = frame(packet, destination);
      if (credit == 0 || draining || !packets.isEmpty() || !ownFrames.isEmpty()) {
        packets.addLast(frame);
        drain();
      } else {
        emit(frame);
      }
    }

    private void drain() {
      if (draining) {
        return;
      }
      draining = true;
      try {
        while (credit > 0 && active == this) {
          EthernetFrame frame = next();
          if (frame == null) {
            break;
          }
          emit(frame);
        }
      } finally {
        draining = false;
      }
      pull();
    }

    private void emit(EthernetFrame frame) {
      if (credit != Long.MAX_VALUE) {
        credit--;
      }
      actual.onNext(frame);
    }

    /** Promises above what the device has promised here and nobody has used. */
    private void pull() {
      long more = credit - pulled;
      if (more > 0 && upstream != null && active == this) {
        pulled = credit;
        upstream.request(credit == Long.MAX_VALUE ? Long.MAX_VALUE : more);
      }
    }

    @Override
    public void cancel() {
      end();
      if (upstream != null) {
        upstream.cancel();
      }
    }

    @Override
    public void onComplete() {
      end();
      actual.onComplete();
    }

    @Override
    public void onError(Throwable cause) {
      end();
      actual.onError(cause);
    }

    private void end() {
      if (active == this) {
        active = null;
        clear();
      }
    }
  }
}
