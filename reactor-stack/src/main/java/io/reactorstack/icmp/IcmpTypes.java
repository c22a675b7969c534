package io.reactorstack.icmp;

import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Demux;
import io.reactorstack.layer.Drops;
import io.reactorstack.wire.IcmpType;
import io.reactorstack.wire.IpProtocol;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * Routes the packets that carry ICMP, of one version, by the type of their message: each type has one taker, which verifies the
 * message and counts by reasons of its own why it does not take one. Echoes, errors and the reports of multicast listeners are
 * branches beside each other.
 *
 * <p>Confined to the host's event loop.
 */
// Public only for the rooms that assemble the stack, whose packets stay inside the module.
@SuppressWarnings("exports")
public final class IcmpTypes {

  /** Boxed once: a key must not cost an allocation. */
  private static final Integer[] KEYS = IntStream.range(0, 256).boxed().toArray(Integer[]::new);

  /** The key of a packet without a type, or with the protocol of the other version. */
  private static final Integer NONE = -1;

  private final Demux<Integer, InboundPacket> types;

  /**
   * The types of one version.
   *
   * @param others owns the packets of types that have no branch
   * @param drops where faults of the branches are counted
   */
  public IcmpTypes(Consumer<? super InboundPacket> others, Drops drops) {
    types = new Demux<>(IcmpTypes::key, others, drops);
  }

  private static Integer key(InboundPacket packet) {
    boolean ofItsVersion = packet.source().isV4() == (packet.protocol() == IpProtocol.ICMP);
    int type = ofItsVersion ? IcmpType.of(packet.payload()) : IcmpType.NONE;
    return type == IcmpType.NONE ? NONE : KEYS[type];
  }

  /**
   * The packets whose message has this type; not verified yet.
   *
   * <p><b>Backpressure:</b> none; the subscriber takes each packet at once. <b>Buffer ownership:</b> packets pass to the
   * subscriber. <b>Threading:</b> subscribe and cancel on the event loop. <b>Cancellation:</b> frees the type. A second subscriber to a
   * type gets an {@link IllegalStateException}.
   *
   * @param type 0 to 255
   */
  public Flux<InboundPacket> branch(int type) {
    return types.branch(KEYS[type]);
  }

  /** Routes {@code packets}, with unbounded demand, until the result is disposed of or they end; the branches end with them. */
  public Disposable connect(Flux<InboundPacket> packets) {
    return types.connect(packets);
  }
}
