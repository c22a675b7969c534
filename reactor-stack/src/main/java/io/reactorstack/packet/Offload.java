package io.reactorstack.packet;

import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.setting.Checks;

/**
 * The work on frames to be sent that a device takes over from the stack. Whether a received frame was merged or its
 * checksum verified is stated by the facts of each frame instead.
 *
 * @param checksums true if the device takes frames whose transport checksum is {@link ChecksumState#UNFINISHED}
 * @param scatterGather true if a payload that consists of several buffers costs the device no copy
 * @param longestTcp the longest IP packet of TCP that the device takes with a segment size in its facts, in octets; 0 if
 *     it takes none, and at most 65535
 * @param longestUdp the same for UDP
 */
public record Offload(boolean checksums, boolean scatterGather, int longestTcp, int longestUdp) {

  /** The longest packet with a segment size, in octets: that of a length field of 16 bits. */
  public static final int LONGEST = 65535;

  /** No offload: each frame fits the MTU and is complete. */
  public static final Offload NONE = new Offload(false, false, 0, 0);

  /** Every offload: for a device in memory, whose frames no wire carries. */
  public static final Offload ALL = new Offload(true, true, LONGEST, LONGEST);

  /** Checks the lengths; a device that takes a packet with a segment size must also take an unfinished checksum. */
  public Offload {
    Checks.range("longestTcp", longestTcp, 0, LONGEST, "octets");
    Checks.range("longestUdp", longestUdp, 0, LONGEST, "octets");
    if (!checksums && (longestTcp > 0 || longestUdp > 0)) {
      throw new IllegalArgumentException("a device that cuts packets must complete their checksums");
    }
  }
}
