package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.packet.Pdu;

/**
 * A datagram between the codec and the sockets.
 *
 * @param carrier the IP packet whose payload is, as received, the UDP data with its header before the reader index, and,
 *     to be sent, the data with headroom
 * @param sourcePort the sender's port, 0 to 65535
 * @param destinationPort the receiver's port, 0 to 65535
 */
record UdpDatagram(IpPacket carrier, int sourcePort, int destinationPort) implements Pdu {

  @Override
  public ByteBuf payload() {
    return carrier.payload();
  }

  /** The same with bytes of its own. */
  UdpDatagram copy() {
    IpPacket copy = new IpPacket(
        carrier.source(),
        carrier.destination(),
        carrier.protocol(),
        carrier.trafficClass(),
        carrier.hopLimit(),
        carrier.dontFragment(),
        carrier.broadcast(),
        0,
        carrier.payload().copy(),
        carrier.facts(),
        carrier.ingress());
    return new UdpDatagram(copy, sourcePort, destinationPort);
  }
}
