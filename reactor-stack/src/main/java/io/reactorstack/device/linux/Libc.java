package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * The calls into the C library. Each returns the result of the C function or, if that is negative, the negated
 * {@code errno}.
 *
 * <p>An instance owns the memory into which {@code errno} is captured, so only one thread may use it at a time.
 */
final class Libc {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO = Linker.Option.captureStateLayout()
      .varHandle(PathElement.groupElement("errno"));

  private static final MethodHandle OPEN = variadic("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle READ = call("read",
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle WRITE = call("write",
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle READV = call("readv",
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle WRITEV = call("writev",
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle IOCTL = variadic("ioctl", 2,
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
  private static final MethodHandle SOCKET = call("socket",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND = call("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKNAME = call("getsockname",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle SETSOCKOPT = call("setsockopt",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKOPT = call("getsockopt",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle RECVMMSG = call("recvmmsg",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle SENDMMSG = call("sendmmsg",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  private static final MethodHandle EPOLL_CREATE1 = call("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle EPOLL_CTL = call("epoll_ctl",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle EPOLL_WAIT = call("epoll_wait",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  /** Needs glibc 2.35 or later (and Linux 5.11 or later when called); empty with older and other C libraries. */
  private static final Optional<MethodHandle> EPOLL_PWAIT2 = find("epoll_pwait2",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS), CAPTURE);
  private static final MethodHandle EVENTFD = call("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle EVENTFD_WRITE = find("eventfd_write",
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG)).orElseThrow();
  private static final MethodHandle STRERROR = find("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT)).orElseThrow();

  /** Freed with this object: a late task may still close a descriptor, and needs this memory for it. */
  private final MemorySegment captured = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());

  int open(MemorySegment path, int flags) {
    try {
      return result((int) OPEN.invokeExact(captured, path, flags));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int close(int fd) {
    try {
      return result((int) CLOSE.invokeExact(captured, fd));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Reads into the {@code length} bytes at {@code address}. */
  int read(int fd, long address, int length) {
    try {
      return result((int) (long) READ.invokeExact(captured, fd, address, (long) length));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Writes the {@code length} bytes at {@code address}. */
  int write(int fd, long address, int length) {
    try {
      return result((int) (long) WRITE.invokeExact(captured, fd, address, (long) length));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Reads into the memory that {@code vectors} lists. */
  int readv(int fd, IoVectors vectors) {
    try {
      return result((int) (long) READV.invokeExact(captured, fd, vectors.address(), vectors.count()));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Writes the memory that {@code vectors} lists. */
  int writev(int fd, IoVectors vectors) {
    try {
      return result((int) (long) WRITEV.invokeExact(captured, fd, vectors.address(), vectors.count()));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int ioctl(int fd, long request, MemorySegment argument) {
    try {
      return result((int) IOCTL.invokeExact(captured, fd, request, argument));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int socket(int domain, int type, int protocol) {
    try {
      return result((int) SOCKET.invokeExact(captured, domain, type, protocol));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int bind(int fd, MemorySegment address) {
    try {
      return result((int) BIND.invokeExact(captured, fd, address, (int) address.byteSize()));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int getsockname(int fd, MemorySegment address, MemorySegment length) {
    try {
      return result((int) GETSOCKNAME.invokeExact(captured, fd, address, length));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int setsockopt(int fd, int level, int option, MemorySegment value) {
    try {
      return result((int) SETSOCKOPT.invokeExact(captured, fd, level, option, value, (int) value.byteSize()));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int getsockopt(int fd, int level, int option, MemorySegment value, MemorySegment length) {
    try {
      return result((int) GETSOCKOPT.invokeExact(captured, fd, level, option, value, length));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Receives up to {@code count} messages, without a timeout. */
  int recvmmsg(int fd, MemorySegment messages, int count, int flags) {
    try {
      return result((int) RECVMMSG.invokeExact(captured, fd, messages, count, flags, MemorySegment.NULL));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Sends up to {@code count} messages; returns the number of those sent. */
  int sendmmsg(int fd, MemorySegment messages, int count, int flags) {
    try {
      return result((int) SENDMMSG.invokeExact(captured, fd, messages, count, flags));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int epollCreate1(int flags) {
    try {
      return result((int) EPOLL_CREATE1.invokeExact(captured, flags));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int epollCtl(int epoll, int operation, int fd, MemorySegment event) {
    try {
      return result((int) EPOLL_CTL.invokeExact(captured, epoll, operation, fd, event));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int epollWait(int epoll, MemorySegment events, int maxEvents, int timeoutMillis) {
    try {
      return result((int) EPOLL_WAIT.invokeExact(captured, epoll, events, maxEvents, timeoutMillis));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /**
   * Like {@link #epollWait}, with a {@code struct timespec}; fails with {@code ENOSYS} if the C library has no such
   * function.
   */
  int epollPwait2(int epoll, MemorySegment events, int maxEvents, MemorySegment timeout) {
    if (EPOLL_PWAIT2.isEmpty()) {
      return -Errno.ENOSYS;
    }
    MethodHandle handle = EPOLL_PWAIT2.get();
    try {
      return result((int) handle.invokeExact(captured, epoll, events, maxEvents, timeout, MemorySegment.NULL));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  int eventfd(int initial, int flags) {
    try {
      return result((int) EVENTFD.invokeExact(captured, initial, flags));
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Adds one to an eventfd; may be called from any thread, and therefore does not return an {@code errno}. */
  static int eventfdWrite(int fd) {
    try {
      return (int) EVENTFD_WRITE.invokeExact(fd, 1L);
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  /** Returns the system's error text for {@code errno}. */
  static String errorText(int errno) {
    try {
      return ((MemorySegment) STRERROR.invokeExact(errno)).reinterpret(Long.MAX_VALUE).getString(0);
    } catch (Throwable t) {
      throw defect(t);
    }
  }

  private int result(int returned) {
    return returned < 0 ? -(int) ERRNO.get(captured, 0L) : returned;
  }

  private static MethodHandle call(String name, FunctionDescriptor signature) {
    return find(name, signature, CAPTURE).orElseThrow();
  }

  private static MethodHandle variadic(String name, int firstVariadic, FunctionDescriptor signature) {
    return find(name, signature, CAPTURE, Linker.Option.firstVariadicArg(firstVariadic)).orElseThrow();
  }

  private static Optional<MethodHandle> find(String name, FunctionDescriptor signature, Linker.Option... options) {
    return LINKER.defaultLookup().find(name).map(address -> LINKER.downcallHandle(address, signature, options));
  }

  /** Wraps {@code t}. Downcalls declare {@code Throwable} but throw only if this class passes wrong arguments. */
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
