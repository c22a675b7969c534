package io.reactorstack.agent;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run of the driver: a new stack, driven by the requests of one connection on one thread.
 *
 * <p>Requests are processed in their order. Only they advance the clock, and before each reply all work that is
 * possible at that instant has been done.
 */
final class Session {

  private static final int VERSION = 1;
  private static final int VIRTUAL = 1;
  private static final int IS_REPLY = 2;
  private static final int REPLY_HEADER = 28;
  private static final int MAIN_THREAD = 0;
  /** The longest time to the next timer for which a blocking call of the main thread waits, in microseconds. */
  private static final long PATIENCE = 200_000_000;

  private record Parked(Request request, Call call) {}

  private final SocketChannel channel;
  private final Profile profile = new Profile();
  private final List<Parked> parked = new ArrayList<>();
  private final Trouble trouble = Trouble.watch();
  private @Nullable TestedStack stack;
  private @Nullable Sockets sockets;
  private boolean over;

  /** Creates a session on {@code channel}, for the calling thread. */
  Session(SocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Serves the driver until it closes the connection.
   *
   * @throws IOException if the connection fails or the driver sends an invalid frame
   */
  void run() throws IOException {
    try {
      for (Request request = Request.read(channel); request != null; request = Request.read(channel)) {
        take(request);
      }
    } finally {
      end();
      trouble.close();
    }
  }

  private void take(Request request) throws IOException {
    Operation operation = Operation.of(request.code());
    Outcome outcome;
    try {
      outcome = operation == null ? Outcome.failed(Errno.ENOSYS) : answer(operation, request);
    } catch (CallFailed e) {
      outcome = Outcome.failed(e.errno);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      // The payload is too short, or contains an invalid value.
      outcome = Outcome.failed(Errno.EINVAL);
    } catch (RuntimeException | AssertionError e) {
      trouble.add(e);
      outcome = Outcome.failed(Errno.EINVAL);
    }
    if (outcome != null) {
      settle();
      reply(request, outcome);
    }
    retryParked();
  }

  /** Returns the reply to a request, or {@code null} if the reply follows later. */
  private @Nullable Outcome answer(Operation operation, Request request) throws IOException {
    if (operation == Operation.HELLO) {
      return hello(request);
    }
    TestedStack tested = stack;
    Sockets calls = sockets;
    if (tested == null || calls == null || over) {
      throw Errno.EINVAL.failure();
    }
    advance(tested, request.now());
    return switch (operation) {
      case BYE -> bye();
      case CONFIG -> profile.configure(request.string()) ? Outcome.OK : Outcome.failed(Errno.EOPNOTSUPP);
      case ADVANCE -> Outcome.OK;
      case NETDEV_SEND -> {
        tested.link().deliver(request.rest());
        yield Outcome.OK;
      }
      case NETDEV_RECEIVE -> nextPacket(tested, request.i64());
      case CLOSE -> close(tested, calls, request);
      default -> begin(tested, calls.call(operation, request), request);
    };
  }

  private Outcome hello(Request request) {
    if (stack != null || request.u16() != VERSION) {
      throw Errno.EINVAL.failure();
    }
    TestedStack fresh = new TestedStack(Flags.parse(request.string()), profile.settings());
    stack = fresh;
    sockets = new Sockets(fresh, profile);
    return Outcome.of(0, new Payload().u8(VIRTUAL));
  }

  private Outcome bye() {
    end();
    return trouble.isEmpty() ? Outcome.OK : Outcome.of(1, new Payload().string(trouble.toString()));
  }

  private Outcome nextPacket(TestedStack tested, long deadline) throws IOException {
    while (tested.link().isOutboxEmpty() && runNextTimerDueBy(tested, deadline)) {
      // The timer and all work that follows from it have run.
    }
    PacketLink.Sent sent = tested.link().take();
    if (sent == null) {
      throw Errno.ETIMEDOUT.failure();
    }
    return Outcome.of(1, new Payload().i64(sent.time()).bytes(sent.packet()));
  }

  // ---- calls

  private @Nullable Outcome begin(TestedStack tested, Call call, Request request) throws IOException {
    boolean finished = true;
    try {
      Outcome outcome = attempt(call);
      if (outcome == null && request.thread() == MAIN_THREAD) {
        outcome = drive(tested, call);
      } else if (outcome == null) {
        finished = false;
        parked.add(new Parked(request, call));
        settle();
      }
      return outcome;
    } finally {
      if (finished) {
        call.ended();
      }
    }
  }

  private static @Nullable Outcome attempt(Call call) {
    try {
      return call.attempt();
    } catch (CallFailed e) {
      return Outcome.failed(e.errno);
    }
  }

  /** Advances the clock by itself until the call ends: while the main thread waits, no request can advance it. */
  private Outcome drive(TestedStack tested, Call call) throws IOException {
    settle();
    Outcome outcome = attempt(call);
    while (outcome == null) {
      if (!runNextTimerDueBy(tested, tested.time().now() + PATIENCE)) {
        return Outcome.failed(Errno.EDEADLK);
      }
      outcome = attempt(call);
    }
    return outcome;
  }

  private @Nullable Outcome close(TestedStack tested, Sockets calls, Request request) throws IOException {
    BsdSocket closing = calls.find(request.payload().getInt(request.payload().position()));
    Call call = calls.call(Operation.CLOSE, request);
    for (Iterator<Parked> all = parked.iterator(); all.hasNext();) {
      Parked one = all.next();
      if (closing != null && one.call.concerns(closing)) {
        all.remove();
        finish(one, Outcome.failed(Errno.EBADF));
      }
    }
    return begin(tested, call, request);
  }

  private void retryParked() throws IOException {
    for (int i = 0; i < parked.size(); i++) {
      Parked one = parked.get(i);
      Outcome outcome = attempt(one.call);
      if (outcome != null) {
        parked.remove(i--);
        settle();
        finish(one, outcome);
      }
    }
  }

  private void finish(Parked one, Outcome outcome) throws IOException {
    one.call.ended();
    reply(one.request, outcome);
  }

  // ---- time

  private void advance(TestedStack tested, long now) throws IOException {
    while (runNextTimerDueBy(tested, now)) {
      // The timer and all work that follows from it have run.
    }
    tested.time().atLeast(now);
  }

  private boolean runNextTimerDueBy(TestedStack tested, long limit) throws IOException {
    long due = tested.time().nextTimer();
    if (due == VirtualTime.NEVER || due > limit) {
      return false;
    }
    tested.time().atLeast(due);
    settle();
    retryParked();
    return true;
  }

  /** Does all work that is possible at this instant. */
  private void settle() {
    if (stack == null || over) {
      return;
    }
    try {
      stack.time().settle();
      if (sockets != null) {
        sockets.observe();
      }
    } catch (RuntimeException | AssertionError e) {
      trouble.add(e);
    }
  }

  // ---- replies

  private void reply(Request request, Outcome outcome) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(4 + REPLY_HEADER + outcome.payload().length);
    frame.putInt(REPLY_HEADER + outcome.payload().length)
        .put((byte) IS_REPLY)
        .put((byte) request.code())
        .putShort((short) 0)
        .putInt(request.id())
        .putLong(stack == null ? VirtualTime.ORIGIN : stack.time().now())
        .putLong(outcome.result())
        .putInt(outcome.errno() == null ? 0 : outcome.errno().number)
        .put(outcome.payload())
        .flip();
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }

  /** Closes everything, and records leaks and other faults. */
  private void end() {
    TestedStack tested = stack;
    if (tested == null || over) {
      return;
    }
    parked.forEach(one -> one.call.ended());
    parked.clear();
    if (sockets != null) {
      sockets.closeAll();
    }
    tested.stop(trouble);
    over = true;
  }
}
