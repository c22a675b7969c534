package io.reactorstack.neighbor;

import io.reactorstack.packet.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * A station on the link of one interface, or a group of them, as the next hop of packets. A sender looks it up once, by {@link
 * Neighbors#of}, and keeps it while it {@linkplain #isCurrent is current}. Confined to the host's event loop.
 */
public interface Neighbor {

  /** The neighbour of a sender that has not looked one up. */
  Neighbor NONE = new Neighbor() {
    @Override
    public boolean isCurrent() { return false; }

    @Override
    public void confirm() {
      // Nothing is kept.
    }

    @Override
    public void doubt() {
      // Nobody can be asked.
    }

    @Override
    public MacAddress linkAddressFor(LinkPacket packet) {
      throw new IllegalStateException("the sender has not looked up a neighbour");
    }
  };

  /** Whether packets may still be given to it; one that was forgotten has to be looked up anew. */
  boolean isCurrent();

  /** Takes forward progress of a transport as proof that it is there (RFC 4861 section 7.3.1). */
  void confirm();

  /** Takes want of progress as a reason to ask it with the next packet (RFC 1122 section 3.3.1.4). */
  void doubt();

  /**
   * The link address to send {@code packet} to.
   *
   * @return {@code null} if the neighbour has taken the packet over: it waits, or was dropped and counted
   */
  @Nullable
  MacAddress linkAddressFor(LinkPacket packet);
}
