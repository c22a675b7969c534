package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.packet.Offload;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * An open descriptor of the kernel's
 * <a href="https://docs.kernel.org/networking/tuntap.html">universal TUN/TAP driver</a>.
 *
 * @param libc the system calls; the instance that opened the descriptor
 * @param fd the descriptor, non-blocking
 * @param name the interface's name; the kernel has replaced a {@code %d} in it
 * @param index the interface's index
 * @param mtu the interface's MTU, in bytes
 * @param hasHeaders true if a {@code virtio_net_hdr} stands in front of each frame
 * @param offload the work on frames to be sent that the kernel takes over
 */
record TunInterface(Libc libc, int fd, String name, int index, int mtu, boolean hasHeaders, Offload offload) {

  /** The two modes of the driver. */
  enum Kind {
    /** IP packets. */
    TUN(1),
    /** Ethernet frames. */
    TAP(2);

    private final int flag;

    Kind(int flag) {
      this.flag = flag;
    }
  }

  private static final Logger LOG = Loggers.getLogger(TunInterface.class);

  private static final String DRIVER = "/dev/net/tun";
  private static final int NO_PACKET_INFORMATION = 0x1000;
  private static final int HEADERS = 0x4000;
  private static final int READ_WRITE_NONBLOCK_CLOEXEC = 0x2 | 0x800 | 0x80000;
  private static final int AF_INET = 2;
  private static final int DATAGRAM_CLOEXEC = 2 | 0x80000;

  /**
   * Opens the interface {@code name}. If it does not exist, it is created, and deleted when the descriptor is closed.
   *
   * @param wantsOffload true to exchange offloads with the kernel, if it can
   */
  static TunInterface open(Kind kind, String name, boolean wantsOffload) {
    Libc libc = new Libc();
    String device = kind + " device " + name;
    String remedy = OpenFailure.remedy(
        "sudo ip tuntap add dev " + name + " mode " + kind.name().toLowerCase(Locale.ROOT) + " user "
            + OpenFailure.user(),
        "--cap-add=NET_ADMIN --device=" + DRIVER);
    int fd = openDriver(libc, device, remedy);
    try {
      int flags = kind.flag | NO_PACKET_INFORMATION;
      InterfaceRequest request = new InterfaceRequest(name).flags(flags | HEADERS);
      boolean hasHeaders = wantsOffload && request.issue(libc, fd, InterfaceRequest.ATTACH_TUN) == 0;
      if (!hasHeaders) {
        request = new InterfaceRequest(name).flags(flags);
        attach(libc, fd, request, kind, device, remedy);
      }
      return described(libc, fd, kind, request.name(), hasHeaders);
    } catch (RuntimeException e) {
      libc.close(fd);
      throw e;
    }
  }

  private static void attach(Libc libc, int fd, InterfaceRequest request, Kind kind, String device, String remedy) {
    int attached = request.issue(libc, fd, InterfaceRequest.ATTACH_TUN);
    if (attached == -Errno.EINVAL) {
      throw new DeviceException(
          Reason.FAILED, "cannot open " + device + ": an interface of that name exists, but it is not a "
              + kind + " interface with a single queue");
    }
    check(attached, device, remedy);
  }

  private static int openDriver(Libc libc, String device, String remedy) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom(DRIVER);
      int fd = libc.open(path, READ_WRITE_NONBLOCK_CLOEXEC);
      if (fd == -Errno.EACCES || fd == -Errno.EPERM) {
        // The mode of the device node forbids the access; creating the interface beforehand would not help.
        return check(fd, device,
            OpenFailure.remedy("sudo chmod 666 " + DRIVER + " && " + remedy, "--device=" + DRIVER));
      }
      if (fd == -Errno.ENOENT || fd == -Errno.ENODEV || fd == -Errno.ENXIO) {
        throw new DeviceException(
            Reason.UNSUPPORTED,
            "cannot open " + device + ": the kernel has no " + DRIVER + " (" + Libc.errorText(-fd)
                + "); to load it: sudo modprobe tun");
      }
      return check(fd, device, remedy);
    }
  }

  private static TunInterface described(Libc libc, int fd, Kind kind, String name, boolean hasHeaders) {
    String device = kind + " device " + name;
    Offload offload = hasHeaders ? TunOffload.begin(libc, fd) : TunOffload.end(libc, fd);
    int socket = check(libc.socket(AF_INET, DATAGRAM_CLOEXEC, 0), device, "");
    try {
      InterfaceRequest request = new InterfaceRequest(name);
      check(request.issue(libc, socket, InterfaceRequest.GET_FLAGS), device, "");
      if (!request.isUp()) {
        LOG.info("{} is down; to set it up: sudo ip link set {} up", device, name);
      }
      int mtu = OpenFailure.checkMtu(value(libc, socket, device, name, InterfaceRequest.GET_MTU), device);
      int index = value(libc, socket, device, name, InterfaceRequest.GET_INDEX);
      return new TunInterface(libc, fd, name, index, mtu, hasHeaders, offload);
    } finally {
      libc.close(socket);
    }
  }

  /** Returns an object that reads and writes the frames of this interface. */
  FrameIo io(DeviceCapabilities.Medium medium, int maxFrameBytes) {
    return hasHeaders ? new OffloadTunIo(this, medium, maxFrameBytes) : new TunIo(this, maxFrameBytes);
  }

  /** Returns the negated {@code errno} if the interface was deleted, or 0. */
  int fate() {
    // After that even a read of 0 bytes fails with EBADFD.
    return Math.min(0, libc.read(fd, 0, 0)) == -Errno.EBADFD ? -Errno.EBADFD : 0;
  }

  /** Closes the descriptor. The next program that opens a persistent interface finds it without offload. */
  void close() {
    if (hasHeaders) {
      TunOffload.end(libc, fd);
    }
    libc.close(fd);
  }

  private static int value(Libc libc, int socket, String device, String name, long what) {
    InterfaceRequest request = new InterfaceRequest(name);
    check(request.issue(libc, socket, what), device, "");
    return request.value();
  }

  private static int check(int result, String device, String remedy) {
    if (result < 0) {
      throw OpenFailure.of(device, -result, remedy);
    }
    return result;
  }
}
