package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.reactorstack.packet.Offload;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntPredicate;

/**
 * Agrees with the TUN/TAP driver which frames the kernel may leave unfinished when it passes them to this host. The kernel
 * takes the same kinds of frames from this host.
 */
final class TunOffload {

  static final int CHECKSUM = 0x01;
  static final int TCPV4 = 0x02;
  static final int TCPV6 = 0x04;
  static final int TCP_ECN = 0x08;
  /** The driver accepts both kinds of UDP or none (Linux 6.2 and later). */
  static final int UDP = 0x20 | 0x40;

  private static final int TCP = TCPV4 | TCPV6 | TCP_ECN;
  private static final int NONE = 0;
  private static final int[] OFFERS = {CHECKSUM | TCP | UDP, CHECKSUM | TCP, CHECKSUM, NONE};

  /** {@code TUNSETOFFLOAD}. */
  private static final long SET_OFFLOAD = 0x4004_54d0L;
  /** {@code TUNSETVNETHDRSZ}. */
  private static final long SET_HEADER_LENGTH = 0x4004_54d8L;

  private TunOffload() {}

  /** Begins to exchange offloads on an interface whose frames have headers; returns those that the kernel takes. */
  static Offload begin(Libc libc, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      // Another program may have chosen another length for a persistent interface.
      libc.ioctl(fd, SET_HEADER_LENGTH, arena.allocateFrom(JAVA_INT, OffloadHeaders.LENGTH));
    }
    return agree(flags -> set(libc, fd, flags));
  }

  /** Ends the exchange, also one that another program has begun on a persistent interface. */
  static Offload end(Libc libc, int fd) {
    set(libc, fd, NONE);
    return agreed(NONE);
  }

  private static boolean set(Libc libc, int fd, int flags) {
    return libc.ioctl(fd, SET_OFFLOAD, MemorySegment.ofAddress(flags)) == 0;
  }

  /** Offers everything first and then less, until {@code driver} accepts; returns what it takes. */
  static Offload agree(IntPredicate driver) {
    for (int offer : OFFERS) {
      if (driver.test(offer)) {
        return agreed(offer);
      }
    }
    return agreed(NONE);
  }

  private static Offload agreed(int flags) {
    return new Offload((flags & CHECKSUM) != 0, true, (flags & TCPV4) != 0 ? Offload.LONGEST : 0,
        (flags & UDP) != 0 ? Offload.LONGEST : 0);
  }
}
