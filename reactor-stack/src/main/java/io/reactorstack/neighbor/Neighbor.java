package io.reactorstack.neighbor;

import io.reactorstack.packet.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * A station, or a group of stations, on the link of one interface: the next hop of packets. A sender obtains it once
 * from {@link Neighbors#of} and keeps it as long as {@link #isCurrent} returns true. Confined to the host's event loop.
 */
public interface Neighbor {

  /** The placeholder for a sender that has not obtained a neighbour yet. */
  Neighbor NONE = new Neighbor() {
    @Override
    public boolean isCurrent() { return false; }

    @Override
    public void confirm() {
      // No state to confirm.
    }

    @Override
    public void doubt() {
      // No station to probe.
    }

    @Override
    public MacAddress linkAddressFor(LinkPacket packet) {
      throw new IllegalStateException("no neighbour has been looked up for the packet");
    }
  };

  /**
   * Returns whether packets may still be sent to this neighbour. If not, the sender must call {@link Neighbors#of}
   * again.
   */
  boolean isCurrent();

  /** Confirms that the neighbour is reachable, since a transport made forward progress (RFC 4861 section 7.3.1). */
  void confirm();

  /**
   * Marks the neighbour as doubtful, since a transport made no progress; the next packet starts a probe (RFC 1122
   * section 3.3.1.4).
   */
  void doubt();

  /**
   * Returns the MAC address to which {@code packet} is to be sent.
   *
   * <p>Buffer ownership: if the result is {@code null}, the neighbour has taken the packet over.
   *
   * @return {@code null} if the packet waits for address resolution, or was dropped and counted
   */
  @Nullable
  MacAddress linkAddressFor(LinkPacket packet);
}
