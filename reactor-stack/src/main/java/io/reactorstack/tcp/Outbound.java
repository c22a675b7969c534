package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** The sends of a connection: one at a time moves its buffers, the others wait their turn or for acknowledgement. */
final class Outbound {

  private final ReactiveTcpConnection connection;
  private final TcpSocket socket;
  private final Deque<Send> waiting = new ArrayDeque<>();
  private final Deque<Send> unacknowledged = new ArrayDeque<>();
  private boolean pumping;
  private boolean again;
  /** The send that is looking after itself just now, and needs no reminder. */
  private @Nullable Send advancing;
  /** Why nothing can be sent any more. */
  private @Nullable TcpException shut;

  Outbound(ReactiveTcpConnection connection, TcpSocket socket) {
    this.connection = connection;
    this.socket = socket;
  }

  /** A send that takes its place in the queue when it is subscribed to. */
  Mono<Void> send(Publisher<? extends ByteBuf> data, boolean untilAcknowledged) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        Send send = new Send(Outbound.this, socket, data, actual, untilAcknowledged);
        actual.onSubscribe(send);
        if (!connection.execute(() -> add(send))) {
          send.refuse(connection.stopped());
        }
      }
    };
  }

  /** From any thread: {@code send} may have something to move. */
  void wake(Send send) {
    if (!connection.isOnLoop() || !pumping) {
      connection.wake();
    } else if (send != advancing) {
      again = true;
    }
  }

  /** On the loop: lets others run before more is moved. */
  void continueInNextTurn() {
    socket.markDirty();
  }

  /** From any thread: runs {@code action} on the loop. */
  void execute(Runnable action) {
    if (!connection.execute(action)) {
      // The loop has ended, and with it the only other user.
      action.run();
    }
  }

  private void add(Send send) {
    waiting.addLast(send);
    pump();
  }

  /** Moves what the send buffer has room for, and tells whom it concerns. On the loop. */
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
          shut = new TcpException(report);
        }
        tellAcknowledged();
        if (shut != null) {
          failAll(waiting, shut);
          socket.stage(0);
        }
        if (report != null) {
          failAll(unacknowledged, new TcpException(report));
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
      // The subscriber may have shut the output from inside its publisher: then the head is gone already.
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

  private static void failAll(Deque<Send> sends, TcpException cause) {
    for (Send send = sends.pollFirst(); send != null; send = sends.pollFirst()) {
      send.refuse(cause);
    }
  }

  /** Nothing is accepted after what has been accepted so far; what waits fails with {@code cause}. */
  void shut(TcpException cause) {
    if (shut == null) {
      shut = cause;
      pump();
    }
  }
}
