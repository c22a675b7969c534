package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * The queue of a connection's sends. The first one moves its buffers into the send buffer; the later ones wait for it,
 * and sends that have moved all their buffers wait for acknowledgement if required.
 */
final class SendQueue {

  private final ReactiveTcpConnection connection;
  private final TcpSocket socket;
  private final Deque<Send> waiting = new ArrayDeque<>(2);
  private final Deque<Send> unacknowledged = new ArrayDeque<>(1);
  private boolean pumping;
  private boolean again;
  /** The send whose {@code advance} is running; its own wake-ups need no further pass. */
  private @Nullable Send advancing;
  /** The reason why no more data is accepted; {@code null} while the output is open. */
  private @Nullable Supplier<TcpException> shut;

  SendQueue(ReactiveTcpConnection connection, TcpSocket socket) {
    this.connection = connection;
    this.socket = socket;
  }

  /** Returns a send that joins the queue when it is subscribed to. */
  Mono<Void> send(Publisher<? extends ByteBuf> data, boolean untilAcknowledged) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        Send send = new Send(SendQueue.this, socket, data, actual, untilAcknowledged);
        actual.onSubscribe(send);
        if (!connection.execute(() -> add(send))) {
          send.refuse(connection.stopped());
        }
      }
    };
  }

  /** Called by {@code send}, on any thread, when it may have buffers to move. */
  void wake(Send send) {
    if (!connection.isOnLoop() || !pumping) {
      connection.wake();
    } else if (send != advancing) {
      again = true;
    }
  }

  /** Continues in the next turn, so that other work of the loop runs in between. Called on the loop. */
  void continueInNextTurn() {
    socket.markDirty();
  }

  /** Runs {@code action} on the loop. Called on any thread. */
  void execute(Runnable action) {
    if (!connection.execute(action)) {
      // The loop has ended, so nothing else uses the state of the send.
      action.run();
    }
  }

  private void add(Send send) {
    waiting.addLast(send);
    pump();
  }

  /** Moves buffers while the send buffer has space, and signals the sends that have ended. Called on the loop. */
  void pump() {
    again = true;
    if (pumping) {
      return;
    }
    pumping = true;
    try {
      while (again) {
        again = false;
        CloseReport report = socket.closeReport();
        if (report != null && shut == null) {
          shut = () -> new TcpException(report);
        }
        tellAcknowledged();
        if (shut != null) {
          failAll(waiting, shut);
          socket.stage(0);
        }
        if (report != null) {
          failAll(unacknowledged, () -> new TcpException(report));
        }
        advance();
      }
    } finally {
      pumping = false;
    }
  }

  private void advance() {
    for (Send head = waiting.peekFirst(); head != null && shut == null; head = waiting.peekFirst()) {
      advancing = head;
      boolean over;
      try {
        over = head.advance();
      } finally {
        advancing = null;
      }
      if (!over) {
        return;
      }
      // The publisher may have shut the output down during advance(), which has already removed the head.
      waiting.remove(head);
      if (head.isFulfilled()) {
        head.signalEnd();
      } else {
        unacknowledged.addLast(head);
      }
    }
  }

  private void tellAcknowledged() {
    for (Iterator<Send> sends = unacknowledged.iterator(); sends.hasNext();) {
      if (sends.next().isCancelled()) {
        sends.remove();
      }
    }
    for (Send first = unacknowledged.peekFirst(); first != null
        && first.isFulfilled(); first = unacknowledged.peekFirst()) {
      unacknowledged.removeFirst();
      first.signalEnd();
    }
  }

  private static void failAll(Deque<Send> sends, Supplier<TcpException> cause) {
    if (sends.isEmpty()) {
      return;
    }
    TcpException failure = cause.get();
    for (Send send = sends.pollFirst(); send != null; send = sends.pollFirst()) {
      send.refuse(failure);
    }
  }

  /** Accepts no further data; the sends that wait or are in progress fail with {@code cause}. */
  void shut(Supplier<TcpException> cause) {
    if (shut == null) {
      shut = cause;
      pump();
    }
  }
}
