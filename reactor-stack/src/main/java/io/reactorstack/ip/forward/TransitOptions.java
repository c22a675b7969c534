package io.reactorstack.ip.forward;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The options of IPv4 packets in transit (RFC 1812 sections 4.2.2.1 and 5.2.4): the router adds itself to a recorded route
 * and its time to timestamps, and passes all others on.
 */
final class TransitOptions implements Rejections {

  private final IpHost host;
  private final LoopTurn turn;
  private @Nullable DropReason defect;

  TransitOptions(IpHost host, LoopTurn turn) {
    this.host = host;
    this.turn = turn;
  }

  /** Returns the options of {@code packet}, or {@code null} if they are faulty; {@link #defect} is the reason then. */
  @Nullable
  Ipv4Options of(InboundPacket packet) {
    return hasNone(packet) ? Ipv4Options.NONE : Ipv4Options.parse(fromHeader(packet), this);
  }

  /** Returns the options with the entries of this router, which sends the packet to {@code route}. */
  Ipv4Options passedOn(Ipv4Options options, Destination route) {
    Ipv4Address here = options.length() == 0 ? null : addressOn(route);
    return here == null
        ? options
        : options.passedOn(here, host::isLocal, TimeUnit.NANOSECONDS.toMillis(turn.now()));
  }

  /** The reason for which {@link #of} has rejected the latest options. */
  DropReason defect() {
    return Objects.requireNonNull(defect, "the options were accepted");
  }

  /**
   * Returns the offset of the faulty octet in a packet whose options {@link #of} rejects, or {@link Ipv4Options#UNTOLD} if
   * the sender gets no error.
   */
  static int pointer(InboundPacket packet) {
    return Ipv4Options.faultOf(fromHeader(packet));
  }

  @Override
  public void count(DropReason reason) {
    defect = reason;
  }

  private static boolean hasNone(InboundPacket packet) {
    return !(packet.header() instanceof Ipv4Header header) || header.length() == Ipv4Header.MINIMUM;
  }

  private static ByteBuf fromHeader(InboundPacket packet) {
    ByteBuf bytes = packet.payload();
    return bytes.duplicate().readerIndex(bytes.readerIndex() - packet.headerLength());
  }

  // RFC 791 3.1: the address as the network knows it into which the packet goes.
  private static @Nullable Ipv4Address addressOn(Destination route) {
    for (InterfaceAddress each : route.networkInterface().addresses()) {
      if (each.isAssigned() && each.address() instanceof Ipv4Address v4) {
        return v4;
      }
    }
    return null;
  }
}
