package io.reactorstack.benchmarks.suite.floor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.reactorstack.benchmarks.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A TAP interface with Ethernet headers and ARP, over system calls. A frame begins with a {@code struct virtio_net_hdr} if
 * the interface has offloads. Used by one thread at a time.
 */
public final class TapLink implements AutoCloseable {

  private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int VIRTUAL_HEADER = 10;
  private static final int ETHERNET = 14;
  private static final int ARP_BYTES = 28;
  private static final int LONGEST_PACKET = 65535;
  private static final int PAGE = 4096;

  private static final byte NEEDS_CHECKSUM = 1;
  private static final byte DATA_VALID = 2;
  private static final byte TCP4 = 1;

  private static final short IPV4 = 0x0800;
  private static final short ARP = 0x0806;
  private static final int ARP_ETHERNET_IPV4 = 0x0001_0800;
  private static final short ARP_LENGTHS = 0x0604;
  private static final short REQUEST = 1;
  private static final short REPLY = 2;
  private static final byte[] MAC = {2, 0, 0, 0, 0x10, 1};
  private static final int WAIT_MILLIS = 100;
  private static final int TRIES = 50;

  private final SystemCalls calls = new SystemCalls();
  private final Arena arena = Arena.ofShared();
  private final int fd;
  private final int prefix;
  private final int address;
  private final int peer;
  private final MemorySegment readable;
  private final MemorySegment received;
  private final MemorySegment arp;
  private final byte[] peerMac = new byte[MAC.length];
  private boolean resolved;

  /**
   * Opens the interface, which is created.
   *
   * @param offload whether frames may be longer than the MTU, and without a checksum
   * @param address the IPv4 address of this end
   * @param peer the IPv4 address of the kernel
   */
  public TapLink(String name, boolean offload, int address, int peer) {
    fd = offload ? calls.openTapWithOffload(name) : calls.openTap(name);
    prefix = offload ? VIRTUAL_HEADER : 0;
    this.address = address;
    this.peer = peer;
    readable = calls.pollSet(fd);
    received = arena.allocate(prefix + ETHERNET + LONGEST_PACKET, PAGE);
    arp = arena.allocate(prefix + ETHERNET + ARP_BYTES, PAGE);
  }

  /** Lets the calling thread run on processor 0 only. */
  void pin() {
    calls.pinToFirstProcessor();
  }

  /** Returns whether the interface has offloads. */
  boolean hasOffload() {
    return prefix > 0;
  }

  /** The offset of the IP header in each frame. */
  int at() {
    return prefix + ETHERNET;
  }

  /** The frame that was received last. */
  MemorySegment received() {
    return received;
  }

  /** Returns whether the kernel vouches for the data of the frame that was received last. */
  boolean isTrusted() {
    return prefix > 0 && (received.get(JAVA_BYTE, 0) & (NEEDS_CHECKSUM | DATA_VALID)) != 0;
  }

  /** Returns memory for frames to the kernel, which has been resolved, with an IP packet of at most {@code bytes}. */
  MemorySegment frame(int bytes) {
    MemorySegment frame = arena.allocate(prefix + ETHERNET + (long) bytes, PAGE);
    ethernet(frame, peerMac, IPV4);
    return frame;
  }

  /** Writes the fields of IP and TCP that stay the same. */
  void flow(MemorySegment frame, int sourcePort, int destinationPort) {
    FloorPacket.flow(frame, at(), address, peer, sourcePort, destinationPort);
  }

  /** Sends the IP packet in {@code frame}, complete with its checksum. */
  void send(MemorySegment frame) {
    write(frame, FloorPacket.length(frame, at()));
  }

  /** Sends a packet whose checksum is partial; the kernel treats it as segments of {@code mss}. */
  void sendUnfinished(MemorySegment frame, int mss) {
    int length = FloorPacket.length(frame, at());
    frame.set(JAVA_BYTE, 0, NEEDS_CHECKSUM);
    frame.set(JAVA_BYTE, 1, length > FloorPacket.HEADERS + mss ? TCP4 : 0);
    frame.set(JAVA_SHORT_UNALIGNED, 2, (short) (ETHERNET + FloorPacket.HEADERS));
    frame.set(JAVA_SHORT_UNALIGNED, 4, (short) mss);
    frame.set(JAVA_SHORT_UNALIGNED, 6, (short) (ETHERNET + FloorPacket.IP));
    frame.set(JAVA_SHORT_UNALIGNED, 8, (short) (FloorPacket.TCP_CHECKSUM - FloorPacket.IP));
    write(frame, length);
  }

  private void write(MemorySegment frame, int packet) {
    SystemCalls.check("write", calls.write(fd, frame, at() + packet));
  }

  /** Returns the length of the next IPv4 packet with TCP, or 0 if there is none now; answers ARP requests before it. */
  int receive() {
    while (true) {
      int length = calls.read(fd, received) - at();
      if (length < 0) {
        return 0;
      }
      short type = received.get(SHORT, prefix + 12);
      if (type == IPV4 && FloorPacket.isTcp(received, at(), length)
          && (isTrusted() || FloorPacket.isIntact(received, at()))) {
        return FloorPacket.length(received, at());
      }
      if (type == ARP && length >= ARP_BYTES) {
        onArp();
      }
    }
  }

  /** Waits for a frame for at most a tenth of a second; returns whether there is one. */
  boolean await() {
    return calls.poll(readable, WAIT_MILLIS) > 0;
  }

  /** Learns the MAC address of the kernel's end. */
  void resolve() {
    for (int i = 0; !resolved; i++) {
      if (i == TRIES) {
        throw new IllegalStateException("the kernel does not answer ARP requests");
      }
      sendArp(REQUEST, new byte[] {-1, -1, -1, -1, -1, -1}, peer);
      await();
      receive();
    }
  }

  private void onArp() {
    long at = at();
    byte[] sender = received.asSlice(at + 8, MAC.length).toArray(JAVA_BYTE);
    if (received.get(INT, at + 14) == peer) {
      System.arraycopy(sender, 0, peerMac, 0, sender.length);
      resolved = true;
      if (received.get(SHORT, at + 6) == REQUEST && received.get(INT, at + 24) == address) {
        sendArp(REPLY, sender, peer);
      }
    }
  }

  private void sendArp(short operation, byte[] destination, int target) {
    ethernet(arp, destination, ARP);
    long at = at();
    arp.set(INT, at, ARP_ETHERNET_IPV4);
    arp.set(SHORT, at + 4, ARP_LENGTHS);
    arp.set(SHORT, at + 6, operation);
    MemorySegment.copy(MAC, 0, arp, JAVA_BYTE, at + 8, MAC.length);
    arp.set(INT, at + 14, address);
    MemorySegment.copy(destination, 0, arp, JAVA_BYTE, at + 18, MAC.length);
    arp.set(INT, at + 24, target);
    write(arp, ARP_BYTES);
  }

  private void ethernet(MemorySegment frame, byte[] destination, short type) {
    MemorySegment.copy(destination, 0, frame, JAVA_BYTE, prefix, MAC.length);
    MemorySegment.copy(MAC, 0, frame, JAVA_BYTE, prefix + (long) MAC.length, MAC.length);
    frame.set(SHORT, prefix + 12, type);
  }

  @Override
  public void close() {
    calls.close(fd);
    arena.close();
  }
}
