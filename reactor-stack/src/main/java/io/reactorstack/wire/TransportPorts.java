package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;

/**
 * Reads the two ports with which the headers of TCP and UDP begin. A quoted packet may contain nothing else of its
 * transport header.
 */
public final class TransportPorts {

  /** The length of both ports, in octets. */
  public static final int LENGTH = 4;

  private TransportPorts() {}

  /** Returns whether the headers of this protocol begin with ports. */
  public static boolean areIn(int protocol) {
    return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
  }

  /** Reads the source port of the transport header at {@code index}. */
  public static int source(ByteBuf bytes, int index) {
    return bytes.getUnsignedShort(index);
  }

  /** Reads the destination port of the transport header at {@code index}. */
  public static int destination(ByteBuf bytes, int index) {
    return bytes.getUnsignedShort(index + 2);
  }
}
