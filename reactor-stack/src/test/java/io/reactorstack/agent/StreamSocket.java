package io.reactorstack.agent;

import io.netty.buffer.ByteBuf;
import io.reactorstack.agent.StreamOptions.Name;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.QuirkAccess;
import io.reactorstack.tcp.TcpListener;
import io.reactorstack.tcp.TcpSocket;
import io.reactorstack.tcp.TcpSocketOptions;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A TCP socket with the behaviour of Linux. */
final class StreamSocket extends BsdSocket {

  private static final int MAX_BACKLOG = 4096;
  private static final int DEFAULT_MSS = 536;

  private final TestedStack stack;
  private final Ports ports;
  private final StreamOptions options;
  private final boolean v6;
  private @Nullable Endpoint bound;
  private @Nullable TcpListener listener;
  private @Nullable TcpSocket connection;
  private @Nullable Errno error;
  /** The last state of the connection before it ended. */
  private TcpState state = TcpState.CLOSED;
  /** True if a connect was started and its result was not reported yet. */
  private boolean connecting;
  private boolean inputShut;
  private boolean outputShut;
  /** True if the peer's FIN has arrived. */
  private boolean finished;
  private boolean ended;

  StreamSocket(TestedStack stack, Ports ports, StreamOptions options, boolean v6) {
    this.stack = stack;
    this.ports = ports;
    this.options = options;
    this.v6 = v6;
  }

  // ---- addresses

  @Override
  void bind(Request.Address local) {
    Endpoint wanted = Endpoints.forSocket(local, v6);
    if (bound != null || connection != null) {
      throw Errno.EINVAL.failure();
    }
    if (!wanted.address().isUnspecified() && !stack.shard().ip().isLocal(wanted.address())) {
      throw Errno.EADDRNOTAVAIL.failure();
    }
    if (wanted.port() != 0) {
      ports.bind(this, wanted);
    }
    bound = wanted;
  }

  boolean mayShareWith(StreamSocket other) {
    return options.isOn(StreamOptions.REUSE_ADDRESS) && other.options.isOn(StreamOptions.REUSE_ADDRESS)
        && other.listener == null;
  }

  /** Returns the peer's endpoint of an accepted connection. */
  Endpoint remote() {
    if (connection == null) {
      throw Errno.ENOTCONN.failure();
    }
    return connection.remote();
  }

  // ---- listening

  @Override
  void listen(int backlog) {
    if (connection != null) {
      throw Errno.EINVAL.failure();
    }
    if (listener != null) {
      return;
    }
    Endpoint local = bound == null ? Endpoints.any(!v6) : bound;
    // Linux permits one more waiting connection than requested.
    int places = (backlog < 0 || backlog > MAX_BACKLOG ? MAX_BACKLOG : backlog) + 1;
    try {
      listener = QuirkAccess.listen(stack.shard().tcp(), local, places, options.settings(), Profile.QUIRKS);
    } catch (BindException e) {
      throw Errno.EADDRINUSE.failure();
    }
  }

  @Override
  @Nullable
  StreamSocket accept() {
    if (listener == null) {
      throw Errno.EINVAL.failure();
    }
    TcpSocket accepted = listener.accept();
    if (accepted == null) {
      return null;
    }
    StreamSocket socket = new StreamSocket(stack, ports, options.inherited(), v6);
    socket.connection = accepted;
    accepted.options().cork(options.isOn(StreamOptions.CORK));
    accepted.watch(same -> {});
    socket.bound = accepted.local();
    socket.observe();
    return socket;
  }

  // ---- connecting

  @Override
  Call connect(Request.Address remote) {
    if (remote.family() == Request.Address.UNSPEC) {
      disconnect();
      return () -> Outcome.OK;
    }
    Endpoint peer = Endpoints.forSocket(remote, v6);
    if (listener != null) {
      throw Errno.EISCONN.failure();
    }
    if (connecting) {
      return new Connecting(false);
    }
    if (connection != null) {
      throw Errno.EISCONN.failure();
    }
    open(peer);
    connecting = true;
    return new Connecting(true);
  }

  private void open(Endpoint peer) {
    try {
      connection = QuirkAccess.connect(stack.shard().tcp(), peer, bound, options.settings(), Profile.QUIRKS);
    } catch (NoRouteToHostException e) {
      throw Errno.ENETUNREACH.failure();
    } catch (BindException e) {
      throw Errno.EADDRNOTAVAIL.failure();
    } catch (SocketException e) {
      throw Errno.ENETUNREACH.failure();
    }
    ended = false;
    inputShut = false;
    outputShut = false;
    finished = false;
    error = null;
    state = TcpState.SYN_SENT;
    connection.options().cork(options.isOn(StreamOptions.CORK));
    observe();
  }

  /** Dissolves the association: as in Linux the socket can be used again. */
  private void disconnect() {
    if (listener != null) {
      listener.close();
      listener = null;
    }
    if (connection != null) {
      boolean opening = state == TcpState.SYN_SENT;
      abandon();
      error = opening ? Errno.ECONNRESET : null;
    }
    connection = null;
    connecting = false;
    ended = false;
    inputShut = false;
    outputShut = false;
    finished = false;
    state = TcpState.CLOSED;
  }

  private void abandon() {
    if (connection != null && !ended) {
      connection.abort();
    }
  }

  private final class Connecting implements Call {

    private final boolean first;

    Connecting(boolean first) {
      this.first = first;
    }

    @Override
    public @Nullable Outcome attempt() {
      observe();
      if (!ended && (state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED)) {
        if (isNonBlocking()) {
          throw (first ? Errno.EINPROGRESS : Errno.EALREADY).failure();
        }
        return null;
      }
      connecting = false;
      if (connection == null || ended && !connection.wasConnected()) {
        Errno reported = takeError();
        connection = null;
        throw (reported == null ? Errno.ECONNABORTED : reported).failure();
      }
      return Outcome.OK;
    }

    @Override
    public boolean concerns(BsdSocket socket) {
      return socket == StreamSocket.this;
    }
  }

  // ---- state of the connection

  @Override
  void observe() {
    if (connection == null || ended) {
      return;
    }
    TcpState now = connection.state();
    var report = connection.closeReport();
    finished |= switch (now) {
      case CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> true;
      default -> connection.isInputFinished();
    };
    if (report == null && now != TcpState.CLOSED) {
      state = now;
      return;
    }
    ended = true;
    inputShut = true;
    outputShut = true;
    if (report != null && error == null) {
      error = errorOf(report.cause(), state);
    }
    state = TcpState.CLOSED;
  }

  private static @Nullable Errno errorOf(CloseCause cause, TcpState before) {
    return switch (cause) {
      case REFUSED, PORT_UNREACHABLE -> Errno.ECONNREFUSED;
      // As in Linux: after the peer's FIN has been received, a reset is reported as a broken pipe.
      case RESET_BY_PEER -> before == TcpState.CLOSE_WAIT ? Errno.EPIPE : Errno.ECONNRESET;
      case HANDSHAKE_TIMEOUT, RETRANSMISSION_TIMEOUT, KEEP_ALIVE_TIMEOUT -> Errno.ETIMEDOUT;
      case NETWORK_UNREACHABLE -> Errno.ENETUNREACH;
      case HOST_UNREACHABLE -> Errno.EHOSTUNREACH;
      case FINISHED, ABORTED, HALF_CLOSE_TIMEOUT -> null;
      default -> Errno.ECONNABORTED;
    };
  }

  private @Nullable Errno takeError() {
    Errno taken = error;
    error = null;
    return taken;
  }

  /** Returns whether the peer has sent its FIN and all data before it was read. */
  private boolean isAtEnd() {
    return connection != null && (connection.isInputFinished() || finished && connection.readableBytes() == 0);
  }

  private boolean isOpening() {
    return !ended && (state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED && connecting);
  }

  // ---- sending

  @Override
  Call send(byte[] data, int flags, Request.Address to) {
    return new Sending(stack.buffer(data), data.length, isNonBlocking() || (flags & MSG_DONTWAIT) != 0,
        (flags & MSG_MORE) != 0);
  }

  private final class Sending implements Call {

    private final ByteBuf data;
    private final int length;
    private final boolean impatient;
    private final boolean more;

    Sending(ByteBuf data, int length, boolean impatient, boolean more) {
      this.data = data;
      this.length = length;
      this.impatient = impatient;
      this.more = more;
    }

    @Override
    public @Nullable Outcome attempt() {
      observe();
      int sent = length - data.readableBytes();
      if (error != null || outputShut || connection == null || listener != null) {
        return stopped(sent);
      }
      if (isOpening()) {
        return waitOr(sent);
      }
      write(connection);
      sent = length - data.readableBytes();
      return data.isReadable() ? waitOr(sent) : Outcome.of(length);
    }

    private void write(TcpSocket open) {
      if (data.isReadable()) {
        open.write(data, more);
      }
    }

    private Outcome stopped(int sent) {
      if (sent > 0) {
        return Outcome.of(sent);
      }
      Errno pending = takeError();
      throw (pending == null ? Errno.EPIPE : pending).failure();
    }

    private @Nullable Outcome waitOr(int sent) {
      if (!impatient) {
        return null;
      }
      if (sent > 0) {
        return Outcome.of(sent);
      }
      throw Errno.EAGAIN.failure();
    }

    @Override
    public boolean concerns(BsdSocket socket) {
      return socket == StreamSocket.this;
    }

    @Override
    public void ended() {
      data.release();
    }
  }

  // ---- receiving

  @Override
  Call receive(int max, int flags) {
    return new Receiving(max, flags);
  }

  private final class Receiving implements Call {

    private final int max;
    private final int target;
    private final boolean peek;
    private final boolean impatient;
    private final ByteBuf got;

    Receiving(int max, int flags) {
      this.max = max;
      this.target = (flags & MSG_WAITALL) != 0 ? max : Math.min(1, max);
      this.peek = (flags & MSG_PEEK) != 0;
      this.impatient = isNonBlocking() || (flags & MSG_DONTWAIT) != 0;
      this.got = stack.buffer(new byte[0]);
    }

    @Override
    public @Nullable Outcome attempt() {
      observe();
      if (connection != null && listener == null) {
        take(connection);
      }
      int n = got.readableBytes();
      if (n >= target && (n > 0 || max == 0) || n > 0 && (impatient || error != null || inputShut || isAtEnd())) {
        return delivered();
      }
      if (isAtEnd()) {
        return delivered();
      }
      Errno pending = takeError();
      if (pending != null) {
        throw pending.failure();
      }
      if (inputShut) {
        return delivered();
      }
      if (connection == null) {
        throw Errno.ENOTCONN.failure();
      }
      if (impatient) {
        throw Errno.EAGAIN.failure();
      }
      return null;
    }

    private void take(TcpSocket open) {
      if (peek) {
        got.clear();
        got.ensureWritable(Math.min(max, open.readableBytes()));
        open.peek(got, max);
        return;
      }
      while (got.readableBytes() < max) {
        ByteBuf piece = open.read(max - got.readableBytes());
        if (piece == null) {
          return;
        }
        got.writeBytes(piece);
        piece.release();
      }
    }

    private Outcome delivered() {
      byte[] data = new byte[got.readableBytes()];
      got.getBytes(got.readerIndex(), data);
      return Outcome.of(data.length, new Payload().i32(0).address(null).u16(0).bytes(data));
    }

    @Override
    public boolean concerns(BsdSocket socket) {
      return socket == StreamSocket.this;
    }

    @Override
    public void ended() {
      got.release();
    }
  }

  // ---- shutdown and close

  @Override
  void shutdown(int how) {
    if (how < 0 || how > 2) {
      throw Errno.EINVAL.failure();
    }
    observe();
    if (listener != null) {
      if (how != 1) {
        disconnect();
      }
      return;
    }
    if (connection == null || ended) {
      throw Errno.ENOTCONN.failure();
    }
    if (state == TcpState.SYN_SENT) {
      // As in Linux: before the handshake there is no direction that could be closed.
      disconnect();
      return;
    }
    inputShut |= how != 1;
    if (how != 0) {
      outputShut = true;
      connection.shutdownOutput();
    }
    if (inputShut && outputShut && connection.readableBytes() == 0) {
      // Data that arrives later will never be read, so the peer is reset if it sends any; data received before may
      // still be read.
      connection.shutdownInput();
    }
    observe();
  }

  @Override
  Call close() {
    ports.release(this);
    if (listener != null) {
      listener.close();
      return () -> Outcome.OK;
    }
    observe();
    TcpSocket open = connection;
    if (open == null) {
      return () -> Outcome.OK;
    }
    if (ended) {
      // The connection may remain in TIME-WAIT; its unread data is discarded.
      drain(open);
      open.close();
      return () -> Outcome.OK;
    }
    if (options.lingerSeconds() == 0) {
      open.abort();
      return () -> Outcome.OK;
    }
    open.close();
    return options.lingerSeconds() > 0 ? new Lingering(open) : () -> Outcome.OK;
  }

  private static void drain(TcpSocket open) {
    for (ByteBuf piece = open.read(Integer.MAX_VALUE); piece != null; piece = open.read(Integer.MAX_VALUE)) {
      piece.release();
    }
  }

  /** SO_LINGER with a time: close waits until the peer has acknowledged everything, or the time has passed. */
  private final class Lingering implements Call {

    private final TcpSocket open;
    private final ScheduledFuture<?> timeout;
    private boolean late;

    Lingering(TcpSocket open) {
      this.open = open;
      this.timeout = stack.time().schedule(() -> late = true, options.lingerSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public @Nullable Outcome attempt() {
      return switch (open.state()) {
        case FIN_WAIT_1, CLOSING, LAST_ACK -> late ? Outcome.OK : null;
        default -> Outcome.OK;
      };
    }

    @Override
    public void ended() {
      timeout.cancel(false);
    }
  }

  // ---- options

  @Override
  byte[] option(int level, int name, int max) {
    observe();
    Name option = new Name(level, name);
    if (option.equals(StreamOptions.ERROR)) {
      Errno pending = takeError();
      return StreamOptions.int32(pending == null ? 0 : pending.number);
    }
    if (option.equals(StreamOptions.MAX_SEGMENT)) {
      boolean alive = connection != null && !ended;
      return StreamOptions.int32(
          alive && state.isSynchronized() ? connection.info().mss() : options.get(option, DEFAULT_MSS));
    }
    return switch (level * 1000 + name) {
      case 1_003 -> StreamOptions.int32(1);
      case 1_030 -> StreamOptions.int32(listener == null ? 0 : 1);
      case 1_038 -> StreamOptions.int32(6);
      case 1_039 -> StreamOptions.int32(v6 ? 10 : 2);
      default -> options.value(option);
    };
  }

  @Override
  void option(int level, int name, byte[] value) {
    Name option = new Name(level, name);
    if (option.equals(StreamOptions.ERROR)) {
      throw Errno.ENOPROTOOPT.failure();
    }
    options.set(option, value);
    if (listener != null) {
      listener.settings(options.settings());
    }
    TcpSocket open = connection;
    if (open != null && !ended) {
      apply(option, open.options());
    }
  }

  private void apply(Name option, TcpSocketOptions open) {
    if (option.equals(StreamOptions.NO_DELAY)) {
      open.noDelay(options.isOn(option));
    } else if (option.equals(StreamOptions.USER_TIMEOUT)) {
      open.userTimeout(options.settings().closing().userTimeout());
    } else if (option.equals(StreamOptions.LINGER2)) {
      open.finWait2Timeout(options.settings().closing().finWait2());
    } else if (option.equals(StreamOptions.CORK)) {
      open.cork(options.isOn(option));
    } else if (option.equals(StreamOptions.QUICK_ACK)) {
      open.quickAck(options.isOn(option));
    } else if (option.equals(StreamOptions.RECEIVE_BUFFER)) {
      open.receiveBuffer(options.settings().buffers().receiveBuffer());
    } else if (option.equals(StreamOptions.SEND_BUFFER)) {
      open.sendBuffer(options.settings().buffers().sendBuffer());
    } else if (option.equals(StreamOptions.CONGESTION)) {
      open.congestionControl(options.settings().congestion().congestionControl());
    } else if (StreamOptions.KEEP_ALIVE_OPTIONS.contains(option)) {
      TcpSettings now = options.settings();
      open.keepAlive(now.probing().keepAlive(), now.probing().keepAliveIdle(), now.probing().keepAliveInterval(),
          now.probing().keepAliveProbes());
    } else if (StreamOptions.PACKET_FIELDS.contains(option)) {
      open.packetFields(options.settings().wire().trafficClass(), options.settings().wire().hopLimit());
    }
  }

  @Override
  int control(int request) {
    observe();
    TcpSocket open = connection;
    if (listener != null) {
      throw Errno.EINVAL.failure();
    }
    return switch (request) {
      case 0x541b -> open == null ? 0 : open.readableBytes();
      case 0x5411 -> open == null || isOpening() ? 0 : unacknowledged(open);
      case 0x894b -> open == null || isOpening() ? 0 : unsent(open);
      default -> throw Errno.EINVAL.failure();
    };
  }

  /** Returns the number of unacknowledged bytes; as in Linux a FIN counts as one. */
  private int unacknowledged(TcpSocket open) {
    if (ended) {
      return 0;
    }
    int fin = outputShut && !open.isOutputFinished() ? 1 : 0;
    return (int) (open.writtenBytes() - open.acknowledgedBytes()) + fin;
  }

  private int unsent(TcpSocket open) {
    return ended ? 0 : open.info().flight().notsent();
  }

  @Override
  byte[] tcpInfo() {
    observe();
    return connection == null ? InfoFields.of(TcpState.CLOSED, listener != null) : InfoFields.of(connection.info());
  }

  // ---- readiness

  @Override
  int events() {
    observe();
    if (listener != null) {
      return listener.acceptable() > 0 ? IN : 0;
    }
    int events = 0;
    boolean noInput = finished || inputShut;
    if (noInput && outputShut || state == TcpState.CLOSED) {
      events |= HUP;
    }
    if (noInput) {
      events |= IN | RDHUP;
    }
    if (!isOpening()) {
      events |= connection != null && connection.readableBytes() > 0 ? IN : 0;
      events |= connection == null || outputShut || hasRoom(connection) ? OUT : 0;
    }
    return error == null ? events : events | ERR;
  }

  /** As in Linux: the socket is reported as writable when a third of the buffer is free. */
  private static boolean hasRoom(TcpSocket open) {
    long held = open.writtenBytes() - open.acknowledgedBytes();
    return open.writableBytes() >= held / 2 && open.writableBytes() > 0;
  }
}
