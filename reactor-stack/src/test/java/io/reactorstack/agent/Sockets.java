package io.reactorstack.agent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The sockets of a session by number, and the calls on them. */
final class Sockets {

  private static final int IPV4 = 2;
  private static final int IPV6 = 10;
  private static final int STREAM = 1;
  private static final int DATAGRAM = 2;
  private static final int NON_BLOCKING = 0x800;
  private static final int CLOSE_ON_EXEC = 0x80000;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int READ_WRITE = 2;

  private final TestedStack stack;
  private final Profile profile;
  private final Ports ports = new Ports();
  private final Map<Integer, BsdSocket> open = new HashMap<>();
  private int last;

  Sockets(TestedStack stack, Profile profile) {
    this.stack = stack;
    this.profile = profile;
  }

  /** Returns the socket with this number. */
  private BsdSocket get(int sid) {
    BsdSocket socket = open.get(sid);
    if (socket == null) {
      throw Errno.EBADF.failure();
    }
    return socket;
  }

  /** Returns the socket that a CLOSE names, or {@code null} if there is none. */
  @Nullable
  BsdSocket find(int sid) {
    return open.get(sid);
  }

  /** Closes all sockets. */
  void closeAll() {
    List.copyOf(open.values()).forEach(socket -> socket.close().ended());
    open.clear();
  }

  /** Lets every socket update its state. */
  void observe() {
    open.values().forEach(BsdSocket::observe);
  }

  /** Returns the call that {@code request} asks for, already started. */
  Call call(Operation operation, Request request) {
    return switch (operation) {
      case SOCKET -> done(Outcome.of(socket(request.i32(), request.i32(), request.i32())));
      case ACCEPT -> new Accept(get(request.i32()));
      case CONNECT -> get(request.i32()).connect(request.address());
      case SEND -> send(request);
      case RECV -> receive(request);
      case CLOSE -> close(request.i32());
      case POLL -> new Poll(request);
      case EPOLL_CREATE -> done(Outcome.of(add(new EpollSet())));
      case EPOLL_CTL -> done(control(request));
      case EPOLL_WAIT -> new EpollWait(request);
      default -> done(immediate(operation, get(request.i32()), request));
    };
  }

  private static Call done(Outcome outcome) {
    return () -> outcome;
  }

  private static Outcome immediate(Operation operation, BsdSocket socket, Request request) {
    switch (operation) {
      case BIND -> socket.bind(request.address());
      case LISTEN -> socket.listen(request.i32());
      case SHUTDOWN -> socket.shutdown(request.i32());
      case SETSOCKOPT -> socket.option(request.i32(), request.i32(), request.rest());
      case GETSOCKOPT -> {
        int level = request.i32();
        int name = request.i32();
        int max = request.i32();
        byte[] value = socket.option(level, name, max);
        int length = max < 0 ? value.length : Math.min(max, value.length);
        return Outcome.of(0, new Payload().bytes(Arrays.copyOf(value, length)));
      }
      case FCNTL -> {
        return Outcome.of(flags(socket, request.i32(), request.i64()));
      }
      case IOCTL -> {
        return Outcome.of(0, new Payload().i32(socket.control(request.i32())));
      }
      case TCPINFO -> {
        return Outcome.of(0, new Payload().bytes(socket.tcpInfo()));
      }
      default -> throw Errno.ENOSYS.failure();
    }
    return Outcome.OK;
  }

  // ---- creating and closing

  private int add(BsdSocket socket) {
    open.put(++last, socket);
    return last;
  }

  private int socket(int domain, int typeAndFlags, int protocol) {
    if (domain != IPV4 && domain != IPV6) {
      throw Errno.EAFNOSUPPORT.failure();
    }
    boolean v6 = domain == IPV6;
    StreamOptions options = new StreamOptions(profile);
    BsdSocket socket = switch (typeAndFlags & ~(NON_BLOCKING | CLOSE_ON_EXEC)) {
      case STREAM -> {
        check(protocol, TCP);
        yield new StreamSocket(stack, ports, options, v6);
      }
      case DATAGRAM -> {
        check(protocol, UDP);
        yield new DatagramSocket(stack, options, v6);
      }
      default -> throw Errno.ESOCKTNOSUPPORT.failure();
    };
    socket.nonBlocking((typeAndFlags & NON_BLOCKING) != 0);
    return add(socket);
  }

  private static void check(int protocol, int expected) {
    if (protocol != 0 && protocol != expected) {
      throw Errno.EPROTONOSUPPORT.failure();
    }
  }

  private Call close(int sid) {
    BsdSocket socket = get(sid);
    open.remove(sid);
    for (BsdSocket other : open.values()) {
      if (other instanceof EpollSet set) {
        set.forget(socket);
      }
    }
    return socket.close();
  }

  private static long flags(BsdSocket socket, int command, long argument) {
    switch (command) {
      case F_GETFL -> {
        return READ_WRITE | (socket.isNonBlocking() ? NON_BLOCKING : 0);
      }
      case F_SETFL -> {
        socket.nonBlocking((argument & NON_BLOCKING) != 0);
        return 0;
      }
      default -> throw Errno.EINVAL.failure();
    }
  }

  // ---- data

  private Call send(Request request) {
    BsdSocket socket = get(request.i32());
    int flags = request.i32();
    Request.Address to = request.address();
    for (int items = request.u16(); items > 0; items--) {
      request.i64();
      request.bytes(request.i32());
    }
    return socket.send(request.bytes(request.i32()), flags, to);
  }

  private Call receive(Request request) {
    BsdSocket socket = get(request.i32());
    int flags = request.i32();
    int max = request.i32();
    // An unsigned 32-bit value; a size above the int range has the effect of the largest int.
    return socket.receive(max < 0 ? Integer.MAX_VALUE : max, flags);
  }

  // ---- blocking calls

  private final class Accept implements Call {

    private final BsdSocket listener;

    Accept(BsdSocket listener) {
      this.listener = listener;
    }

    @Override
    public @Nullable Outcome attempt() {
      StreamSocket accepted = listener.accept();
      if (accepted != null) {
        return Outcome.of(add(accepted), new Payload().address(accepted.remote()));
      }
      if (listener.isNonBlocking()) {
        throw Errno.EAGAIN.failure();
      }
      return null;
    }

    @Override
    public boolean concerns(BsdSocket socket) {
      return socket == listener;
    }
  }

  /** A call that waits for events with a timeout of its own. */
  private abstract class Waiting implements Call {

    private @Nullable ScheduledFuture<?> timeout;
    private boolean late;

    final void giveUpAfter(int millis) {
      late = millis == 0;
      if (millis > 0) {
        timeout = stack.time().schedule(() -> late = true, millis, TimeUnit.MILLISECONDS);
      }
    }

    @Override
    public final @Nullable Outcome attempt() {
      Payload payload = new Payload();
      int ready = collect(payload);
      return ready > 0 || late ? Outcome.of(ready, payload) : null;
    }

    /** Writes the ready events; writes a valid empty result if none are ready. */
    abstract int collect(Payload payload);

    @Override
    public final void ended() {
      if (timeout != null) {
        timeout.cancel(false);
      }
    }
  }

  private final class Poll extends Waiting {

    private record Asked(BsdSocket socket, int events) {}

    private final List<Asked> asked = new ArrayList<>();

    Poll(Request request) {
      int millis = request.i32();
      for (int n = request.u16(); n > 0; n--) {
        int sid = request.i32();
        asked.add(new Asked(get(sid), request.u16()));
      }
      giveUpAfter(millis);
    }

    @Override
    int collect(Payload payload) {
      int ready = 0;
      for (Asked one : asked) {
        int events = one.socket.events() & (one.events | BsdSocket.ERR | BsdSocket.HUP);
        payload.u16(events);
        ready += events == 0 ? 0 : 1;
      }
      return ready;
    }

    @Override
    public boolean concerns(BsdSocket socket) {
      return asked.stream().anyMatch(one -> one.socket == socket);
    }
  }

  private EpollSet epoll(int sid) {
    if (get(sid) instanceof EpollSet set) {
      return set;
    }
    throw Errno.EINVAL.failure();
  }

  private Outcome control(Request request) {
    EpollSet set = epoll(request.i32());
    int operation = request.i32();
    BsdSocket socket = get(request.i32());
    int events = request.i32();
    set.control(operation, socket, events, request.i64());
    return Outcome.OK;
  }

  private final class EpollWait extends Waiting {

    private final EpollSet set;
    private final int max;

    EpollWait(Request request) {
      set = epoll(request.i32());
      max = request.i32();
      if (max <= 0) {
        throw Errno.EINVAL.failure();
      }
      giveUpAfter(request.i32());
    }

    @Override
    int collect(Payload payload) {
      return set.collect(max, payload);
    }

    @Override
    public boolean concerns(BsdSocket socket) {
      return socket == set;
    }
  }
}
