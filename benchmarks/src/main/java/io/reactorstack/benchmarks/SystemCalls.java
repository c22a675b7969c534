package io.reactorstack.benchmarks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The calls into the C library that the benchmarks make without the stack. Each returns the result of the C function or,
 * if that is negative, the negated {@code errno}. An instance belongs to one thread.
 */
public final class SystemCalls {

  private static final int READ_WRITE_NONBLOCK_CLOEXEC = 0x2 | 0x800 | 0x80000;
  private static final int READ_CLOEXEC = 0x80000;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO = Linker.Option.captureStateLayout()
      .varHandle(PathElement.groupElement("errno"));

  private static final MethodHandle OPEN = variadic("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle IOCTL = variadic("ioctl",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
  private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle READ = call("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle WRITE = call("write",
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle POLL = call("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle SETNS = call("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SOCKET = call("socket",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle CONNECT = call("connect",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SENDMMSG = call("sendmmsg",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  private static final MethodHandle SCHED_SETAFFINITY = call("sched_setaffinity",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));

  private static final int CLONE_NEWNET = 0x40000000;
  private static final int AF_INET = 2;
  private static final int DATAGRAM_CLOEXEC = 2 | 0x80000;
  private static final int STREAM_CLOEXEC = 1 | 0x80000;
  private static final int SOCKADDR_BYTES = 16;
  private static final long TUNSETIFF = 0x400454caL;
  private static final long TUNSETOFFLOAD = 0x400454d0L;
  private static final short TAP_WITHOUT_INFORMATION = 0x1002;
  private static final short VIRTUAL_HEADER = 0x4000;
  private static final long CHECKSUM_AND_TCP = 0x7;
  private static final int IFREQ_BYTES = 40;
  private static final int IFREQ_FLAGS = 16;
  private static final int POLLFD_BYTES = 8;
  private static final short POLLIN = 1;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment captured = arena.allocate(Linker.Option.captureStateLayout());

  /** Moves the calling thread to the network namespace called {@code name}. */
  public void enter(String name) {
    int fd = check("open", open("/run/netns/" + name, READ_CLOEXEC));
    check("setns", setns(fd));
    close(fd);
  }

  /** Opens the TAP interface called {@code name}, which is created if it does not exist; non-blocking. */
  public int openTap(String name) {
    return openTap(name, TAP_WITHOUT_INFORMATION);
  }

  /**
   * Opens a TAP interface as {@link #openTap} does, with a {@code struct virtio_net_hdr} of 10 bytes before each frame:
   * frames may be longer than the MTU, and without a checksum.
   */
  public int openTapWithOffload(String name) {
    int fd = openTap(name, (short) (TAP_WITHOUT_INFORMATION | VIRTUAL_HEADER));
    try {
      check("TUNSETOFFLOAD",
          result((int) IOCTL.invokeExact(captured, fd, TUNSETOFFLOAD, MemorySegment.ofAddress(CHECKSUM_AND_TCP))));
      return fd;
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  private int openTap(String name, short flags) {
    int fd = check("open", open("/dev/net/tun", READ_WRITE_NONBLOCK_CLOEXEC));
    MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
    request.setString(0, name);
    request.set(JAVA_SHORT, IFREQ_FLAGS, flags);
    try {
      check("TUNSETIFF", result((int) IOCTL.invokeExact(captured, fd, TUNSETIFF, request)));
      return fd;
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Opens a UDP socket that is connected to {@code address}, which has four bytes, and {@code port}. */
  public int connectedUdpSocket(byte[] address, int port) {
    try {
      int fd = check("socket", result((int) SOCKET.invokeExact(captured, AF_INET, DATAGRAM_CLOEXEC, 0)));
      check("connect", result((int) CONNECT.invokeExact(captured, fd, socketAddress(address, port), SOCKADDR_BYTES)));
      return fd;
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Returns a {@code struct sockaddr_in}. */
  public MemorySegment socketAddress(byte[] address, int port) {
    MemorySegment sockaddr = arena.allocate(SOCKADDR_BYTES, 4);
    sockaddr.set(JAVA_SHORT, 0, (short) AF_INET);
    sockaddr.set(JAVA_BYTE, 2, (byte) (port >> 8));
    sockaddr.set(JAVA_BYTE, 3, (byte) port);
    MemorySegment.copy(address, 0, sockaddr, JAVA_BYTE, 4, 4);
    return sockaddr;
  }

  /** Opens a blocking TCP socket and connects it to a {@link #socketAddress}. */
  public int connectedTcpSocket(MemorySegment address) {
    try {
      int fd = check("socket", result((int) SOCKET.invokeExact(captured, AF_INET, STREAM_CLOEXEC, 0)));
      check("connect", result((int) CONNECT.invokeExact(captured, fd, address, SOCKADDR_BYTES)));
      return fd;
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Lets the calling thread run on processor 0 only. */
  public void pinToFirstProcessor() {
    MemorySegment mask = arena.allocate(JAVA_LONG);
    mask.set(JAVA_LONG, 0, 1);
    try {
      check("sched_setaffinity", result((int) SCHED_SETAFFINITY.invokeExact(captured, 0, 8L, mask)));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Sends {@code count} datagrams that are described by an array of {@code struct mmsghdr}. */
  public int sendmmsg(int fd, MemorySegment messages, int count) {
    try {
      return result((int) SENDMMSG.invokeExact(captured, fd, messages, count, 0));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  public int read(int fd, MemorySegment buffer) {
    try {
      return result((int) (long) READ.invokeExact(captured, fd, buffer, buffer.byteSize()));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  public int write(int fd, MemorySegment buffer, int length) {
    try {
      return result((int) (long) WRITE.invokeExact(captured, fd, buffer, (long) length));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Returns the memory with which {@link #poll} waits for one of {@code fds} to be readable. */
  public MemorySegment pollSet(int... fds) {
    MemorySegment set = arena.allocate((long) POLLFD_BYTES * fds.length, 4);
    for (int i = 0; i < fds.length; i++) {
      set.set(JAVA_INT, (long) POLLFD_BYTES * i, fds[i]);
      set.set(JAVA_SHORT, (long) POLLFD_BYTES * i + 4, POLLIN);
    }
    return set;
  }

  public int poll(MemorySegment set) {
    return poll(set, -1);
  }

  /** Waits as {@link #poll(MemorySegment)} does, for a limited time. */
  public int poll(MemorySegment set, int millis) {
    try {
      return result((int) POLL.invokeExact(captured, set, set.byteSize() / POLLFD_BYTES, millis));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  public int close(int fd) {
    try {
      return result((int) CLOSE.invokeExact(captured, fd));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  private int open(String path, int flags) {
    try {
      return result((int) OPEN.invokeExact(captured, arena.allocateFrom(path), flags));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  private int setns(int fd) {
    try {
      return result((int) SETNS.invokeExact(captured, fd, CLONE_NEWNET));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  public static int check(String call, int result) {
    if (result < 0) {
      throw new IllegalStateException(call + " failed with errno " + -result + ": this network needs Linux and root");
    }
    return result;
  }

  private int result(int returned) {
    return returned < 0 ? -(int) ERRNO.get(captured, 0L) : returned;
  }

  private static MethodHandle call(String name, FunctionDescriptor signature) {
    return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), signature, CAPTURE);
  }

  /** A function with two fixed arguments. */
  private static MethodHandle variadic(String name, FunctionDescriptor signature) {
    return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), signature, CAPTURE,
        Linker.Option.firstVariadicArg(2));
  }

  private static RuntimeException defect(Throwable t) {
    if (t instanceof RuntimeException e) {
      return e;
    }
    if (t instanceof Error e) {
      throw e;
    }
    return new IllegalStateException(t);
  }
}
