package io.reactorstack.udp;

import io.reactorstack.layer.Handover;
import io.reactorstack.layer.LoopTurn;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * One {@code send} call of a connection: passes the datagrams of one publisher to the socket as its send queue has
 * space.
 */
final class UdpSend extends Handover<Datagram> {

  /** The number of datagrams requested ahead from the publisher. */
  static final int AHEAD = 16;

  private final UdpStream stream;
  private final UdpSocket socket;
  private final LoopTurn turn;

  /** True once {@link #start} was called. Only the loop accesses this and the next fields. */
  private boolean started;
  private boolean draining;
  private boolean again;
  private boolean asked;
  /** The error of the first datagram that was lost. */
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
      // The loop has terminated, and with it the only other user of the queue.
      clear();
    }
  }

  @Override
  protected void release(Datagram datagram) {
    datagram.release();
  }

  /**
   * Subscribes to the publisher; from this call on, {@link UdpStream} calls {@link #drain} when the send queue has
   * space.
   */
  void start() {
    started = true;
    if (!isCancelled()) {
      subscribe();
    }
    drain();
  }

  /**
   * Passes queued datagrams to the socket as its send queue has space, requests as many more, and signals the result
   * when the publisher has terminated.
   */
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

  /** Passes queued datagrams to the socket and returns their number. */
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
   * Passes one datagram to the socket. On an unconnected socket a datagram that cannot be sent is lost and the others
   * are sent, so that a reply to a stranger cannot end a service. On a connected socket all datagrams go to the same
   * peer, so the error would affect every later datagram as well, and ends the send.
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
