package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Monitors one network interface: an <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 * socket through which the kernel reports changes of the interface. It covers the network namespace of the process
 * only. Confined to the loop.
 */
final class InterfaceMonitor implements FdHandle {

  /** The receiver of the reports. */
  interface Listener {

    /** Called with true if the interface is up and has a carrier, with false otherwise. */
    void onCarrier(boolean up);

    /** Called when the interface was deleted or moved to another namespace; no further reports follow. */
    void onLeft();
  }

  private static final Logger LOG = Loggers.getLogger(InterfaceMonitor.class);

  private static final int AF_NETLINK = 16;
  private static final int RAW_NONBLOCK_CLOEXEC = 3 | 0x800 | 0x80000;
  private static final int ROUTE = 0;
  private static final int LINK_GROUP = 1;

  private static final short NEW_LINK = 16;
  private static final short DELETE_LINK = 17;
  private static final short GET_LINK = 18;
  private static final short REQUEST = 1;

  private static final int HEADER = 16;
  private static final int LINK_INFORMATION = 16;
  /** In bytes. A link message with all its attributes is about 1.5 kilobytes long; a longer one loses its end only. */
  private static final int BUFFER = 1 << 15;

  private static final int UP_AND_RUNNING = 0x1 | 0x40;

  private final Libc libc;
  private final int fd;
  private final int index;
  private final Listener listener;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER, 8);
  private @Nullable IoRegistration registration;
  private boolean closed;

  private InterfaceMonitor(Libc libc, int fd, int index, Listener listener) {
    this.libc = libc;
    this.fd = fd;
    this.index = index;
    this.listener = listener;
  }

  /**
   * Opens a monitor of interface {@code index} and queries its current state; the listener receives that state before
   * this method returns. Returns {@code null} if the system does not allow the monitoring.
   */
  static @Nullable InterfaceMonitor open(IoEventLoop loop, int index, Listener listener) {
    Libc libc = new Libc();
    int fd = libc.socket(AF_NETLINK, RAW_NONBLOCK_CLOEXEC, ROUTE);
    if (fd < 0) {
      LOG.debug("interface changes cannot be monitored: {}", Libc.errorText(-fd));
      return null;
    }
    InterfaceMonitor monitor = new InterfaceMonitor(libc, fd, index, listener);
    if (!monitor.begin(loop)) {
      monitor.close();
      return null;
    }
    return monitor;
  }

  private boolean begin(IoEventLoop loop) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(12, 4);
      address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
      address.set(JAVA_INT, 8, LINK_GROUP);
      int bound = libc.bind(fd, address);
      if (bound < 0) {
        LOG.debug("interface changes cannot be monitored: {}", Libc.errorText(-bound));
        return false;
      }
      var registered = loop.register(this);
      if (!registered.isSuccess()) {
        LOG.debug("interface changes cannot be monitored: {}", registered.cause());
        return false;
      }
      IoRegistration polled = registered.getNow();
      registration = polled;
      polled.submit(Readiness.of(Readiness.IN));
    }
    ask();
    read();
    return true;
  }

  /** Queries the state of the interface; the reply can be read when the call returns. */
  private void ask() {
    try (Arena arena = Arena.ofConfined()) {
      int length = HEADER + LINK_INFORMATION;
      MemorySegment request = arena.allocate(length, 8);
      request.set(JAVA_INT, 0, length);
      request.set(JAVA_SHORT, 4, GET_LINK);
      request.set(JAVA_SHORT, 6, REQUEST);
      request.set(JAVA_INT, HEADER + 4, index);
      libc.write(fd, request.address(), length);
    }
  }

  @Override
  public int fd() {
    return fd;
  }

  @Override
  public void handle(IoRegistration ignored, IoEvent event) {
    read();
  }

  private void read() {
    while (!closed) {
      int length = libc.read(fd, buffer.address(), BUFFER);
      if (length == -Errno.ENOBUFS) {
        // The socket buffer has overflowed and reports are lost: query the current state instead.
        ask();
      } else if (length > 0) {
        parse(length);
      } else if (length != -Errno.EINTR) {
        return;
      }
    }
  }

  private void parse(int end) {
    int at = 0;
    while (at + HEADER + LINK_INFORMATION <= end && !closed) {
      int length = buffer.get(JAVA_INT, at);
      if (length < HEADER) {
        return;
      }
      short type = buffer.get(JAVA_SHORT, at + 4L);
      int information = at + HEADER;
      // A bridge reports its ports by messages of its own address family.
      boolean bridge = buffer.get(JAVA_BYTE, information) != 0;
      if (!bridge && buffer.get(JAVA_INT, information + 4L) == index) {
        if (type == NEW_LINK) {
          listener.onCarrier((buffer.get(JAVA_INT, information + 8L) & UP_AND_RUNNING) == UP_AND_RUNNING);
        } else if (type == DELETE_LINK) {
          listener.onLeft();
        }
      }
      at += (length + 3) & ~3;
    }
  }

  /** Stops the monitoring and closes the socket. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (registration != null) {
        registration.cancel();
      }
      libc.close(fd);
    }
  }
}
