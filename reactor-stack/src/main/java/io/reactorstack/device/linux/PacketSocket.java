package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Offload;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * A raw socket of <a href="https://man7.org/linux/man-pages/man7/packet.7.html">packet(7)</a>, bound to one interface.
 *
 * @param libc the system calls; the instance that opened the descriptor
 * @param fd the descriptor, non-blocking
 * @param mtu the interface's MTU, in bytes
 * @param hardwareAddress the interface's MAC address
 * @param hasHeaders true if a {@code virtio_net_hdr} stands in front of each frame
 * @param offload the work on frames to be sent that the kernel takes over
 */
record PacketSocket(Libc libc, int fd, int mtu, MacAddress hardwareAddress, boolean hasHeaders, Offload offload) {

  private static final int AF_PACKET = 17;
  private static final int RAW_NONBLOCK_CLOEXEC = 3 | 0x800 | 0x80000;
  private static final int ALL_PROTOCOLS = 3;
  private static final int ETHERNET = 1;
  private static final int LOOPBACK = 772;

  private static final int SOL_SOCKET = 1;
  private static final int SO_ERROR = 4;
  private static final int SO_RCVBUF = 8;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SOL_PACKET = 263;
  private static final int ADD_MEMBERSHIP = 1;
  private static final int AUXDATA = 8;
  private static final int VNET_HEADER = 15;
  private static final int QDISC_BYPASS = 20;
  private static final int IGNORE_OUTGOING = 23;
  private static final short PROMISCUOUS = 1;
  private static final short ALL_MULTICAST = 2;

  private static final int LINK_ADDRESS = 20;
  private static final int INDEX = 4;
  private static final int RECEIVE_BUFFER_BYTES = 4 << 20;

  /**
   * Opens a socket on {@code interfaceName}.
   *
   * @param foreignAddress true if this host uses another MAC address than the interface, which must then be promiscuous
   * @param bypassQdisc true if sent frames bypass the interface's queueing discipline
   * @param wantsOffload true to exchange offloads with the kernel, if it can
   */
  static PacketSocket open(String interfaceName, boolean foreignAddress, boolean bypassQdisc, boolean wantsOffload) {
    Libc libc = new Libc();
    String device = "packet socket on " + interfaceName;
    // Protocol 0: the kernel queues no frames before the socket is bound.
    int fd = check(libc.socket(AF_PACKET, RAW_NONBLOCK_CLOEXEC, 0), device);
    try {
      int index = value(libc, fd, device, interfaceName, InterfaceRequest.GET_INDEX);
      int mtu = OpenFailure.checkMtu(value(libc, fd, device, interfaceName, InterfaceRequest.GET_MTU), device);
      InterfaceRequest hardware = new InterfaceRequest(interfaceName);
      check(hardware.issue(libc, fd, InterfaceRequest.GET_HARDWARE_ADDRESS), device);
      if (hardware.hardwareType() != ETHERNET && hardware.hardwareType() != LOOPBACK) {
        throw new DeviceException(
            Reason.FAILED, "cannot open " + device + ": " + interfaceName + " is not an Ethernet interface");
      }
      boolean hasHeaders = wantsOffload && hasHeaders(libc, fd);
      PacketSocket socket = new PacketSocket(libc, fd, mtu, hardware.hardwareAddress(), hasHeaders,
          offload(hasHeaders, bypassQdisc, Platform.kernel()));
      socket.configure(device, index, foreignAddress ? PROMISCUOUS : ALL_MULTICAST, bypassQdisc);
      socket.bind(device, index);
      return socket;
    } catch (RuntimeException e) {
      libc.close(fd);
      throw e;
    }
  }

  private static int value(Libc libc, int fd, String device, String interfaceName, long what) {
    InterfaceRequest request = new InterfaceRequest(interfaceName);
    check(request.issue(libc, fd, what), device);
    return request.value();
  }

  private static boolean hasHeaders(Libc libc, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      return libc.setsockopt(fd, SOL_PACKET, VNET_HEADER, arena.allocateFrom(JAVA_INT, 1)) == 0;
    }
  }

  /**
   * Returns what the kernel takes over. The queueing discipline cuts the frames for an interface that cannot do it;
   * without it they would be lost. Datagrams are cut since Linux 6.2.
   */
  static Offload offload(boolean hasHeaders, boolean bypassQdisc, int kernel) {
    int longest = hasHeaders && !bypassQdisc ? Offload.LONGEST : 0;
    return new Offload(hasHeaders, true, longest, kernel >= Platform.version(6, 2) ? longest : 0);
  }

  private void configure(String device, int index, short membership, boolean bypassQdisc) {
    try (Arena arena = Arena.ofConfined()) {
      // The default size holds a few dozen frames only. A size above the system's limit needs CAP_NET_ADMIN.
      MemorySegment bytes = arena.allocateFrom(JAVA_INT, RECEIVE_BUFFER_BYTES);
      if (libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0) {
        check(libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, bytes), device);
      }
      MemorySegment on = arena.allocateFrom(JAVA_INT, 1);
      check(libc.setsockopt(fd, SOL_PACKET, AUXDATA, on), device);
      // Since Linux 4.20; on older kernels PacketIo filters the outgoing frames.
      libc.setsockopt(fd, SOL_PACKET, IGNORE_OUTGOING, on);
      if (bypassQdisc) {
        check(libc.setsockopt(fd, SOL_PACKET, QDISC_BYPASS, on), device);
      }
      MemorySegment request = arena.allocate(16, 4);
      request.set(JAVA_INT, 0, index);
      request.set(JAVA_SHORT, 4, membership);
      check(libc.setsockopt(fd, SOL_PACKET, ADD_MEMBERSHIP, request), device);
    }
  }

  private void bind(String device, int index) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(LINK_ADDRESS, 4);
      address.set(JAVA_SHORT, 0, (short) AF_PACKET);
      address.set(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) ALL_PROTOCOLS);
      address.set(JAVA_INT, INDEX, index);
      check(libc.bind(fd, address), device);
    }
  }

  /** Clears the pending error of the socket, and returns whether the interface still exists. */
  boolean isOnInterface() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(JAVA_INT, 4);
      libc.getsockopt(fd, SOL_SOCKET, SO_ERROR, arena.allocate(4, 4), length);
    }
    return index() > 0;
  }

  /** Returns whether the interface exists and is up, even if it was renamed. */
  boolean isUp() {
    int index = index();
    InterfaceRequest request = new InterfaceRequest("").value(index);
    return index > 0 && request.issue(libc, fd, InterfaceRequest.GET_NAME) == 0
        && request.issue(libc, fd, InterfaceRequest.GET_FLAGS) == 0 && request.isUp();
  }

  /** The index of the interface, or -1 once it is deleted. */
  int index() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(LINK_ADDRESS, 4);
      MemorySegment length = arena.allocateFrom(JAVA_INT, LINK_ADDRESS);
      return libc.getsockname(fd, address, length) < 0 ? -1 : address.get(JAVA_INT, INDEX);
    }
  }

  private static int check(int result, String device) {
    if (result < 0) {
      throw OpenFailure.of(device, -result, remedy());
    }
    return result;
  }

  /**
   * Returns the command that grants CAP_NET_RAW by ambient capabilities; with file capabilities on it, {@code java}
   * does not find its own libraries.
   */
  private static String remedy() {
    String user = OpenFailure.user();
    return OpenFailure.remedy(
        "sudo setpriv --reuid=" + user + " --regid=$(id -g " + user
            + ") --init-groups --inh-caps=+net_raw --ambient-caps=+net_raw java ...",
        "--cap-add=NET_RAW");
  }
}
