package io.reactorstack.udp;

import io.reactorstack.layer.Handover;
import io.reactorstack.layer.LoopTurn;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** One {@code send} of a socket: takes the datagrams of one publisher to the socket as it has room. */
final class UdpSend extends Handover<Datagram> {

  /** Datagrams that the publisher is asked for ahead. */
  static final int AHEAD = 16;

  private final UdpStream stream;
  private final UdpSocket socket;
  private final LoopTurn turn;

  /** Only the loop reads and writes the rest. */
  private boolean started;
  private boolean draining;
  private boolean again;
  private boolean asked;
  /** Why a datagram was lost, the first if several were. */
  private @Nullable Throwable loss;

  UdpSend(UdpStream stream, UdpSocket socket, LoopTurn turn, Publisher<? extends Datagram> publisher,
      CoreSubscriber<? super Void> actual) {
    super(publisher, actual, AHEAD);
    this.stream = stream;
    this.socket = socket;
    this.turn = turn;
  }

  @Override
  protected void wake() {
    turn.offer(this::drain);
  }

  @Override
  protected void onQueued() {
    if (!turn.offer(this::drain)) {
      // The loop has ended, and with it the only other user of the queue.
      clear();
    }
  }

  @Override
  protected void release(Datagram datagram) {
    datagram.release();
  }

  /** Subscribes to the publisher; the socket reminds this send of its room from now on. */
  void start() {
    started = true;
    if (!isCancelled()) {
      subscribe();
    }
    drain();
  }

  /** Hands the socket what it has room for, asks for as many again, and tells the end if it has come. */
  void drain() {
    again = true;
    if (!started || draining) {
      return;
    }
    draining = true;
    try {
      while (again) {
        again = false;
        step();
      }
    } finally {
      draining = false;
    }
  }

  private void step() {
    if (isOver() || isCancelled()) {
      stream.over(this);
      discard();
      return;
    }
    boolean done = isUpstreamDone();
    int taken;
    try {
      taken = handOver();
    } catch (IOException e) {
      fail(e);
      return;
    }
    if (done && queue().isEmpty()) {
      end();
    } else {
      requestMore(taken);
    }
  }

  private void requestMore(int taken) {
    Subscription source = upstream();
    if (source == null) {
      return;
    }
    int n = asked ? taken : AHEAD;
    asked = true;
    if (n > 0) {
      request(source, n);
    }
  }

  /** Returns how many datagrams have left the queue. */
  private int handOver() throws IOException {
    if (socket.isClosed()) {
      throw new ClosedChannelException();
    }
    int taken = 0;
    for (Datagram next = queue().peek(); next != null && hasRoom(next); next = queue().peek()) {
      queue().poll();
      taken++;
      handOver(next);
    }
    return taken;
  }

  /**
   * One datagram that cannot be sent is lost, and the others are not: an answer to a stranger must not be able to end a
   * service. On a connected socket there is no stranger, and what is wrong is wrong with all that is still to be sent.
   */
  private void handOver(Datagram datagram) throws IOException {
    try {
      socket.send(datagram);
    } catch (IOException e) {
      if (socket.isClosed() || socket.remote() != null) {
        throw e;
      }
      lost(e);
    } catch (RuntimeException | VirtualMachineError e) {
      lost(e);
    }
  }

  private void lost(Throwable cause) {
    if (loss == null) {
      loss = cause;
    }
  }

  private boolean hasRoom(Datagram datagram) {
    return socket.hasRoomFor(datagram.payload().readableBytes());
  }

  private void end() {
    if (loss != null && !hasUpstreamFailed()) {
      fail(loss);
      return;
    }
    setOver();
    stream.over(this);
    signalEnd();
  }

  private void fail(Throwable cause) {
    stream.over(this);
    refuse(cause);
  }
}
