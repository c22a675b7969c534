package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The {@code struct mmsghdr} array for receiving from a packet socket. Each message has the sender's
 * {@code sockaddr_ll} and the kernel's {@code tpacket_auxdata}.
 */
final class PacketMessages {

  private static final int MESSAGE = 64;
  private static final int NAME_LENGTH = 8;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int RECEIVED = 56;
  private static final int MOST_VECTORS = 3;
  private static final int NAME = 24;
  private static final int CONTROL = 40;
  private static final int PACKET_TYPE = 10;

  private static final int CUT_OFF = 0x20;
  private static final int OUTGOING = 4;
  private static final int SOL_PACKET = 263;
  private static final int AUXDATA = 8;
  private static final int AUXDATA_END = 16 + 20;
  private static final int STATUS = 16;
  private static final int VLAN_CONTROL = STATUS + 16;
  private static final int VLAN_PROTOCOL = STATUS + 18;
  private static final int CHECKSUM_NOT_READY = 1 << 3;
  private static final int VLAN_VALID = 1 << 4;
  private static final int VLAN_PROTOCOL_VALID = 1 << 6;
  private static final int DEFAULT_VLAN_PROTOCOL = 0x8100;

  private final MemorySegment messages;
  private final IoVectors[] vectors;
  private final MemorySegment names;
  private final MemorySegment controls;

  PacketMessages(int count) {
    Arena arena = Arena.ofAuto();
    messages = arena.allocate((long) MESSAGE * count, 8);
    vectors = new IoVectors[count];
    names = arena.allocate((long) NAME * count, 8);
    controls = arena.allocate((long) CONTROL * count, 8);
    for (int i = 0; i < count; i++) {
      long message = (long) MESSAGE * i;
      messages.set(ADDRESS, message, names.asSlice((long) NAME * i));
      vectors[i] = new IoVectors(MOST_VECTORS);
      messages.set(ADDRESS, message + 16, vectors[i].memory());
      messages.set(ADDRESS, message + 32, controls.asSlice((long) CONTROL * i));
    }
  }

  MemorySegment memory() {
    return messages;
  }

  /** The memory for message {@code i}; a change takes effect with {@link #ready}. */
  IoVectors vectors(int i) {
    return vectors[i];
  }

  /** Prepares message {@code i} to be received. */
  void ready(int i) {
    long message = (long) MESSAGE * i;
    messages.set(JAVA_LONG, message + 24, vectors[i].count());
    messages.set(JAVA_INT, message + NAME_LENGTH, NAME);
    messages.set(JAVA_LONG, message + CONTROL_LENGTH, CONTROL);
  }

  int length(int i) {
    return messages.get(JAVA_INT, (long) MESSAGE * i + RECEIVED);
  }

  boolean isCutOff(int i) {
    return (messages.get(JAVA_INT, (long) MESSAGE * i + FLAGS) & CUT_OFF) != 0;
  }

  /** Returns whether this machine sent the frame. */
  boolean isOutgoing(int i) {
    return names.get(JAVA_BYTE, (long) NAME * i + PACKET_TYPE) == OUTGOING;
  }

  /**
   * Returns whether the transport checksum is unfinished because it was left to a device that the frame never reached
   * ({@code CHECKSUM_PARTIAL}).
   */
  boolean isChecksumNotReady(int i) {
    return (status(i) & CHECKSUM_NOT_READY) != 0;
  }

  /** The VLAN tag that the kernel has removed from the frame, or 0. */
  int vlanTag(int i) {
    int status = status(i);
    if ((status & VLAN_VALID) == 0) {
      return 0;
    }
    long control = (long) CONTROL * i;
    int protocol = (status & VLAN_PROTOCOL_VALID) == 0
        ? DEFAULT_VLAN_PROTOCOL
        : controls.get(JAVA_SHORT, control + VLAN_PROTOCOL) & 0xffff;
    return protocol << 16 | controls.get(JAVA_SHORT, control + VLAN_CONTROL) & 0xffff;
  }

  private int status(int i) {
    long control = (long) CONTROL * i;
    boolean present = messages.get(JAVA_LONG, (long) MESSAGE * i + CONTROL_LENGTH) >= AUXDATA_END
        && controls.get(JAVA_INT, control + 8) == SOL_PACKET
        && controls.get(JAVA_INT, control + 12) == AUXDATA;
    return present ? controls.get(JAVA_INT, control + STATUS) : 0;
  }
}
