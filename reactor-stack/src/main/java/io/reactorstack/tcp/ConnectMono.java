package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Capture;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import java.net.SocketException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;

/** Opens a connection for each subscriber. */
final class ConnectMono extends Mono<TcpConnection> {

  private final TcpStage stage;
  private final Endpoint remote;
  private final @Nullable Endpoint local;
  private final TcpSettings settings;
  private final Duration timeout;
  private final @Nullable Supplier<? extends ByteBuf> first;
  private final @Nullable Capture capture;

  /** Creates a mono of connections from {@code local} to {@code remote} that first send the data of {@code first}. */
  ConnectMono(
      TcpStage stage,
      Endpoint remote,
      @Nullable Endpoint local,
      TcpSettings settings,
      Duration timeout,
      @Nullable Supplier<? extends ByteBuf> first,
      @Nullable Capture capture) {
    this.stage = stage;
    this.remote = remote;
    this.local = local;
    this.settings = settings;
    this.timeout = timeout;
    this.first = first;
    this.capture = capture;
  }

  @Override
  public void subscribe(CoreSubscriber<? super TcpConnection> actual) {
    Attempt attempt = new Attempt(actual);
    actual.onSubscribe(attempt);
    if (!attempt.execute(attempt::start)) {
      actual.onError(new SocketException(TcpStage.STOPPED));
    }
  }

  /** One handshake, and the subscription of its subscriber. */
  private final class Attempt implements Subscription, TcpSocket.Watcher {

    private final CoreSubscriber<? super TcpConnection> actual;
    private final LoopTurn turn = stage.turn();
    private final Timers.Timer timer = turn.timer(this::onTimeout);

    private volatile boolean requested;
    private volatile boolean cancelled;
    private volatile @Nullable IllegalArgumentException badRequest;

    // The following fields are confined to the loop.
    private @Nullable TcpSocket socket;
    /** The part of the first data that was not sent in the SYN. */
    private @Nullable ByteBuf waiting;
    private boolean timedOut;
    private boolean done;

    Attempt(CoreSubscriber<? super TcpConnection> actual) {
      this.actual = actual;
    }

    boolean execute(Runnable action) {
      return turn.offer(action);
    }

    @Override
    public void request(long n) {
      if (n <= 0) {
        badRequest = Exceptions.nullOrNegativeRequestException(n);
      } else {
        requested = true;
      }
      execute(this::proceed);
    }

    @Override
    public void cancel() {
      cancelled = true;
      execute(this::proceed);
    }

    private void start() {
      if (cancelled) {
        return;
      }
      try {
        TcpSocket opening = stage.connect(remote, local, settings, this);
        socket = opening;
        if (capture != null) {
          opening.options().observer(capture.packets(turn.loop().ticker()));
        }
        if (first != null) {
          sendFirst(opening, first);
        }
        if (!timeout.isZero()) {
          timer.set(turn.now() + timeout.toNanos());
        }
      } catch (SocketException e) {
        fail(e);
      } catch (RuntimeException | VirtualMachineError e) {
        // The user's supplier has thrown, or there is no memory for a connection.
        if (socket != null) {
          socket.abort();
        }
        fail(e);
      }
    }

    private void sendFirst(TcpSocket opening, Supplier<? extends ByteBuf> supplier) {
      ByteBuf data = supplier.get();
      if (opening.isDataInSynAllowed()) {
        opening.write(data);
      }
      if (data.isReadable()) {
        waiting = data;
      } else {
        data.release();
      }
    }

    private void onTimeout() {
      timedOut = true;
      if (!done && socket != null) {
        socket.abort();
      }
    }

    @Override
    public void changed(TcpSocket changed) {
      proceed();
    }

    /** Checks the socket and the subscriber for changes, and ends the attempt if it has an outcome. */
    private void proceed() {
      TcpSocket opening = socket;
      if (done || opening == null) {
        return;
      }
      if (cancelled || badRequest != null) {
        giveUp(opening);
      } else if (opening.wasConnected()) {
        deliver(opening);
      } else if (opening.closeReport() != null) {
        CloseReport report = opening.closeReport();
        fail(new TcpException(timedOut ? opening.reportAs(CloseCause.HANDSHAKE_TIMEOUT) : report));
      }
    }

    private void giveUp(TcpSocket opening) {
      IllegalArgumentException bad = badRequest;
      end();
      opening.abort();
      if (bad != null && !cancelled) {
        actual.onError(bad);
      }
    }

    private void deliver(TcpSocket opening) {
      timer.cancel();
      if (requested) {
        ByteBuf rest = waiting;
        waiting = null;
        end();
        ReactiveTcpConnection connection = new ReactiveTcpConnection(turn, opening);
        if (rest != null) {
          // A failure of this send is not reported here: the connection then ends, and its own signals report it.
          connection.send(Mono.just(rest)).onErrorComplete().subscribe();
        }
        try {
          actual.onNext(connection);
        } catch (Throwable e) {
          // The subscriber has not taken the connection, so nothing else would close it.
          opening.abort();
          throw e;
        }
        if (!cancelled) {
          actual.onComplete();
        }
      }
    }

    private void fail(Throwable cause) {
      end();
      if (!cancelled) {
        actual.onError(cause);
      }
    }

    private void end() {
      done = true;
      timer.cancel();
      if (waiting != null) {
        waiting.release();
        waiting = null;
      }
    }
  }
}
