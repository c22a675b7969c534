package io.reactorstack.nat.engine;

import io.reactorstack.packet.Ipv4Address;
import org.jspecify.annotations.Nullable;

/** The rules of one protocol: which mapping a packet uses, creates or keeps alive. */
interface Translator {

  /** Returns the mapping that becomes the source of a packet from inside. */
  Step send(Transit packet);

  /**
   * Returns the mapping that becomes the destination of a packet to one of the translator's outside endpoints.
   *
   * @param mapping the mapping of that endpoint, if there is one
   * @param remote the source address of the packet, as the inside host sees it
   * @param remotePort the source port; 0 for ICMP
   */
  Step receive(Transit packet, @Nullable Mapping mapping, Ipv4Address remote, int remotePort);
}
