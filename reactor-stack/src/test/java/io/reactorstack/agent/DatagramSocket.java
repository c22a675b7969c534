package io.reactorstack.agent;

import io.reactorstack.agent.StreamOptions.Name;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.udp.UdpSocket;
import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import org.jspecify.annotations.Nullable;

/** A UDP socket with the behaviour of Linux. */
final class DatagramSocket extends BsdSocket {

  private static final int LONGEST = 65_507;

  private final TestedStack stack;
  private final boolean v6;
  private final StreamOptions options;
  private @Nullable UdpSocket socket;
  private @Nullable Errno error;
  /** A datagram that was read with MSG_PEEK and not yet received. */
  private @Nullable Datagram peeked;
  private boolean inputShut;
  private boolean outputShut;

  DatagramSocket(TestedStack stack, StreamOptions options, boolean v6) {
    this.stack = stack;
    this.options = options;
    this.v6 = v6;
  }

  @Override
  void bind(Request.Address local) {
    Endpoint wanted = Endpoints.forSocket(local, v6);
    if (socket != null) {
      throw Errno.EINVAL.failure();
    }
    if (!wanted.address().isUnspecified() && !stack.shard().ip().isLocal(wanted.address())) {
      throw Errno.EADDRNOTAVAIL.failure();
    }
    socket = open(wanted);
  }

  private UdpSocket open(Endpoint local) {
    try {
      return stack.shard().udp().bind(local, UdpSettings.DEFAULT, same -> {});
    } catch (BindException e) {
      throw Errno.EADDRINUSE.failure();
    }
  }

  /**
   * Returns the socket; binds it to any address and port first if it is not bound yet, as sending the first packet
   * requires.
   */
  private UdpSocket bound(boolean v4) {
    if (socket == null) {
      socket = open(Endpoints.any(v4));
    }
    return socket;
  }

  @Override
  Call connect(Request.Address remote) {
    if (remote.family() == Request.Address.UNSPEC) {
      if (socket != null) {
        socket.disconnect();
      }
      return () -> Outcome.OK;
    }
    Endpoint peer = Endpoints.forSocket(remote, v6);
    try {
      UdpSocket open = bound(peer.address().isV4());
      if (open.remote() != null) {
        open.disconnect();
      }
      open.connect(peer);
    } catch (IOException e) {
      throw errno(e).failure();
    }
    return () -> Outcome.OK;
  }

  @Override
  Call send(byte[] data, int flags, Request.Address to) {
    boolean impatient = isNonBlocking() || (flags & MSG_DONTWAIT) != 0;
    Endpoint peer = to.family() == Request.Address.NONE ? null : Endpoints.forSocket(to, v6);
    return new Call() {
      @Override
      public @Nullable Outcome attempt() {
        return sendTo(data, peer, impatient);
      }

      @Override
      public boolean concerns(BsdSocket other) {
        return other == DatagramSocket.this;
      }
    };
  }

  private @Nullable Outcome sendTo(byte[] data, @Nullable Endpoint to, boolean impatient) {
    observe();
    if (data.length > LONGEST) {
      throw Errno.EMSGSIZE.failure();
    }
    if (to == null && (socket == null || socket.remote() == null)) {
      throw Errno.EDESTADDRREQ.failure();
    }
    Errno pending = takeError();
    if (pending != null || outputShut) {
      throw (pending == null ? Errno.EPIPE : pending).failure();
    }
    UdpSocket open = bound(to == null || to.address().isV4());
    if (!open.hasRoomFor(data.length)) {
      if (impatient) {
        throw Errno.EAGAIN.failure();
      }
      return null;
    }
    Endpoint peer = to == null ? Datagram.CONNECTED : to;
    int hops = options.get(StreamOptions.TTL, options.get(StreamOptions.HOP_LIMIT, 0));
    int trafficClass = options.get(StreamOptions.TOS, options.get(StreamOptions.TRAFFIC_CLASS, 0)) & 0xff;
    try {
      open.send(new Datagram(Endpoints.any(true), peer, trafficClass, Math.max(0, hops), stack.buffer(data)));
    } catch (IOException e) {
      throw errno(e).failure();
    }
    return Outcome.of(data.length);
  }

  @Override
  Call receive(int max, int flags) {
    boolean impatient = isNonBlocking() || (flags & MSG_DONTWAIT) != 0;
    return new Call() {
      @Override
      public @Nullable Outcome attempt() {
        return receiveNow(max, flags, impatient);
      }

      @Override
      public boolean concerns(BsdSocket other) {
        return other == DatagramSocket.this;
      }
    };
  }

  private @Nullable Outcome receiveNow(int max, int flags, boolean impatient) {
    observe();
    // As in Linux, a pending error is reported before data.
    Errno pending = takeError();
    if (pending != null) {
      throw pending.failure();
    }
    Datagram datagram = next();
    if (datagram == null) {
      if (inputShut) {
        return Outcome.of(0, new Payload().i32(0).address(null).u16(0));
      }
      if (impatient) {
        throw Errno.EAGAIN.failure();
      }
      return null;
    }
    int length = datagram.payload().readableBytes();
    byte[] data = new byte[Math.min(length, max)];
    datagram.payload().getBytes(datagram.payload().readerIndex(), data);
    Payload payload = new Payload()
        .i32(length > max ? MSG_TRUNC : 0)
        .address(datagram.remote())
        .u16(0)
        .bytes(data);
    if ((flags & MSG_PEEK) == 0) {
      datagram.release();
      peeked = null;
    }
    return Outcome.of((flags & MSG_TRUNC) != 0 ? length : data.length, payload);
  }

  private @Nullable Datagram next() {
    if (peeked == null && socket != null) {
      peeked = socket.receive();
    }
    return peeked;
  }

  @Override
  void observe() {
    if (socket != null && error == null) {
      IOException reported = socket.takeError();
      error = reported == null ? null : errno(reported);
    }
  }

  private @Nullable Errno takeError() {
    Errno taken = error;
    error = null;
    return taken;
  }

  private static Errno errno(IOException cause) {
    if (cause instanceof PortUnreachableException) {
      return Errno.ECONNREFUSED;
    }
    if (cause instanceof NoRouteToHostException) {
      // Without a port in the message the host itself has no route; errors from routers and hosts name the port too.
      return String.valueOf(cause.getMessage()).matches(".*:\\d+$") ? Errno.EHOSTUNREACH : Errno.ENETUNREACH;
    }
    if (cause instanceof BindException) {
      return Errno.EADDRNOTAVAIL;
    }
    return String.valueOf(cause.getMessage()).startsWith("Message too long") ? Errno.EMSGSIZE : Errno.EINVAL;
  }

  @Override
  void shutdown(int how) {
    if (how < 0 || how > 2) {
      throw Errno.EINVAL.failure();
    }
    if (socket == null || socket.remote() == null) {
      throw Errno.ENOTCONN.failure();
    }
    inputShut |= how != 1;
    outputShut |= how != 0;
  }

  @Override
  byte[] option(int level, int name, int max) {
    observe();
    Name option = new Name(level, name);
    if (option.equals(StreamOptions.ERROR)) {
      Errno pending = takeError();
      return StreamOptions.int32(pending == null ? 0 : pending.number);
    }
    return switch (level * 1000 + name) {
      case 1_003 -> StreamOptions.int32(2);
      case 1_030 -> StreamOptions.int32(0);
      case 1_038 -> StreamOptions.int32(17);
      case 1_039 -> StreamOptions.int32(v6 ? 10 : 2);
      default -> {
        if (level == 6) {
          throw Errno.EOPNOTSUPP.failure();
        }
        yield options.value(option);
      }
    };
  }

  @Override
  void option(int level, int name, byte[] value) {
    if (level == 6) {
      throw Errno.ENOPROTOOPT.failure();
    }
    options.set(new Name(level, name), value);
  }

  @Override
  int control(int request) {
    return switch (request) {
      // Returns the size of the next datagram (FIONREAD).
      case 0x541b -> {
        Datagram datagram = next();
        yield datagram == null ? 0 : datagram.payload().readableBytes();
      }
      case 0x5411 -> 0;
      default -> throw Errno.EINVAL.failure();
    };
  }

  @Override
  int events() {
    observe();
    int events = next() != null || inputShut ? IN : 0;
    events |= socket == null || socket.hasRoomFor(1) ? OUT : 0;
    events |= inputShut ? RDHUP : 0;
    events |= inputShut && outputShut ? HUP : 0;
    return error == null ? events : events | ERR;
  }

  @Override
  Call close() {
    if (peeked != null) {
      peeked.release();
      peeked = null;
    }
    if (socket != null) {
      socket.close();
    }
    return () -> Outcome.OK;
  }
}
