package io.reactorstack.udp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.PullSubscription;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The subscription to the datagrams that a socket receives. */
final class UdpReceive extends PullSubscription<Datagram, Datagram> {

  private static final Logger LOG = Loggers.getLogger(UdpReceive.class);

  private final UdpStream stream;
  private final UdpSocket socket;

  UdpReceive(UdpStream stream, UdpSocket socket, LoopTurn turn, CoreSubscriber<? super Datagram> actual) {
    super(turn, actual);
    this.stream = stream;
    this.socket = socket;
  }

  /** Called on the loop: starts to emit, as the socket's only receiver. */
  void start() {
    begin();
    drain();
  }

  /** Called on the loop: fails the subscriber, because the socket has another receiver. */
  void refuse() {
    refuse(new IllegalStateException("the socket already has a receiver"));
  }

  @Override
  protected @Nullable Datagram poll() {
    return socket.receive();
  }

  @Override
  protected Datagram emission(Datagram datagram) {
    return datagram;
  }

  @Override
  protected boolean survives(Datagram datagram, Throwable fatal) {
    LOG.error("the receiver of {} threw on a datagram; the datagram is lost", socket.local(), fatal);
    socket.lost(UdpDrop.NO_MEMORY);
    return true;
  }

  @Override
  protected boolean isOver() { return socket.isClosed(); }

  @Override
  protected void failed(Throwable e) {
    LOG.error("the receiver of {} threw; its subscription ends", socket.local(), e);
  }

  @Override
  protected void ended(boolean early) {
    stream.over(this);
  }
}
