package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;

/** The two ports that the headers of TCP and UDP begin with: what is left of either in a quote, and what names a flow. */
public final class TransportPorts {

  /** Octets of both. */
  public static final int LENGTH = 4;

  private TransportPorts() {}

  /** Whether the headers of this protocol begin with ports. */
  public static boolean areIn(int protocol) {
    return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
  }

  /** The sender's port in the transport header at {@code index}. */
  public static int source(ByteBuf bytes, int index) {
    return bytes.getUnsignedShort(index);
  }

  /** The receiver's port in the transport header at {@code index}. */
  public static int destination(ByteBuf bytes, int index) {
    return bytes.getUnsignedShort(index + 2);
  }
}
