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
 * Routes the ICMP packets of one version by message type: each type has one subscriber, which verifies the message and
 * counts its own drop reasons. Echoes, errors and multicast listener messages are branches side by side.
 *
 * <p>Confined to the host's event loop.
 */
// Public only for the packages that assemble the stack; the packets are not exported from the module.
@SuppressWarnings("exports")
public final class IcmpTypes {

  /** The keys, boxed once so that a lookup does not allocate. */
  private static final Integer[] KEYS = IntStream.range(0, 256).boxed().toArray(Integer[]::new);

  /** The key of a packet that is too short to have a type, or whose protocol is that of the other version. */
  private static final Integer NONE = -1;

  private final Demux<Integer, InboundPacket> types;

  /**
   * Creates a demultiplexer for one version.
   *
   * @param others handles, and owns, the packets of types without a branch
   * @param drops counts the faults of the branches
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
   * Returns the packets whose message has this type; they are not verified yet.
   *
   * <p><b>Backpressure:</b> none; the subscriber must accept every packet immediately. <b>Buffer ownership:</b> packets
   * pass to the subscriber. <b>Threading:</b> subscribe and cancel on the event loop. <b>Cancellation:</b> frees the
   * type. A second subscriber to a type receives an {@link IllegalStateException}.
   *
   * @param type 0 to 255
   */
  public Flux<InboundPacket> branch(int type) {
    return types.branch(KEYS[type]);
  }

  /**
   * Routes {@code packets}, with unbounded demand, until the result is disposed of or {@code packets} terminates; then
   * the branches terminate too.
   */
  public Disposable connect(Flux<InboundPacket> packets) {
    return types.connect(packets);
  }
}
