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
 * The transmit side of an Ethernet interface, where packets get their MAC address: an operator that merges two sources.
 * The link's own frames (requests, replies and packets that have waited for resolution) go first.
 *
 * <p>The device's whole demand is requested from above in advance, so that no packet waits for a further request. A
 * frame of the link's own uses demand that has been requested from above already; the surplus packet then waits here
 * until the device requests more. The device's demand therefore bounds the number of waiting packets.
 */
public final class LinkOutput {

  private static final Logger LOG = Loggers.getLogger(LinkOutput.class);

  /** The maximum number of the link's own frames that wait for the device. */
  static final int OWN_FRAMES = 256;

  private final LoopTurn turn;
  private final MacAddress own;
  private final Drops drops;
  private final Deque<EthernetFrame> ownFrames = new ArrayDeque<>();
  private final Deque<EthernetFrame> packets = new ArrayDeque<>();
  private @Nullable Merge active;
  private boolean closed;

  /** Creates the transmit side of the interface of {@code link}. */
  public LinkOutput(LinkContext link) {
    this.turn = link.turn();
    this.own = link.mac();
    this.drops = link.drops();
    turn.atEnd(this::drain);
  }

  /** Sends one of the link's own frames in the next turn. */
  void transmit(EthernetFrame frame) {
    if (closed || ownFrames.size() >= OWN_FRAMES) {
      drops.drop(frame, NeighborDrop.OWN_QUEUE_FULL);
      return;
    }
    ownFrames.addLast(frame);
    turn.schedule();
  }

  /**
   * Sends a packet that has waited for the MAC address {@code destination}. The cache bounds the number of such
   * packets.
   */
  void transmit(LinkPacket packet, MacAddress destination) {
    if (closed) {
      drops.drop(packet, NeighborDrop.OWN_QUEUE_FULL);
      return;
    }
    packets.addLast(frame(packet, destination));
    turn.schedule();
  }

  /**
   * Returns the frames to send: the packets of {@code above} with the MAC addresses of their neighbours, merged with
   * the link's own frames.
   */
  Flux<EthernetFrame> merge(Flux<LinkPacket> above) {
    return new FluxOperator<LinkPacket, EthernetFrame>(above) {
      @Override
      public void subscribe(CoreSubscriber<? super EthernetFrame> actual) {
        if (active != null) {
          Operators.error(actual, new IllegalStateException("an interface allows one subscriber at a time"));
          return;
        }
        Merge next = new Merge(actual);
        active = next;
        source.subscribe(next);
      }
    };
  }

  /** Releases the frames that wait for the device, and drops all further ones of the link's own. */
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
      if (!Operators.validate(n)) {
        return;
      }
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
        // A defect of the stack must cost only this packet; its memory is released, and another packet is requested.
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

    /** Requests the unused part of the device's demand from above. */
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
