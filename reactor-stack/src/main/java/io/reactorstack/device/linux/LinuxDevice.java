package io.reactorstack.device.linux;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * A descriptor of the kernel as a {@link NetworkDevice}: what its two directions share, namely the descriptor, the loop
 * and the end.
 */
final class LinuxDevice implements NetworkDevice, FdHandle {

  private static final long WATCH_MILLIS = 250;

  private final String name;
  private final IoEventLoop loop;
  private final FrameIo io;
  private final DeviceCapabilities capabilities;
  private final Drops drops = new Drops();
  private final IoRegistration registration;
  private int interest;
  private boolean watching;
  private @Nullable Reception reception;
  private @Nullable Transmission transmission;
  private volatile @Nullable DeviceException end;

  /** Takes over {@code io} and closes it if it cannot be registered; called on {@code loop}. */
  LinuxDevice(String name, IoEventLoop loop, FrameIo io, DeviceCapabilities capabilities) {
    this.name = name;
    this.loop = loop;
    this.io = io;
    this.capabilities = capabilities;
    var registered = loop.register(this);
    if (!registered.isSuccess()) {
      io.close();
      throw new DeviceException(Reason.FAILED, name + " cannot be polled: " + registered.cause());
    }
    this.registration = registered.getNow();
  }

  /**
   * Checks, before anything is opened, that a device can be opened on {@code loop} by the calling thread.
   *
   * @throws DeviceException if the loop cannot poll a descriptor
   */
  static void requireLoop(String device, IoEventLoop loop) {
    Platform.require(device);
    if (!loop.inEventLoop()) {
      throw new IllegalStateException(device + " must be opened on the loop that will serve it");
    }
    if (!loop.isCompatible(FdHandle.class)) {
      throw new DeviceException(
          Reason.UNSUPPORTED,
          device + " needs a loop of a LinuxEventLoopGroup (or another whose handler is a LinuxIoHandler)");
    }
  }

  @Override
  public DeviceCapabilities capabilities() {
    return capabilities;
  }

  @Override
  public Drops drops() {
    return drops;
  }

  @Override
  public Flux<Frame> receive() {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Frame> actual) {
        onLoop(() -> begin(new Reception(LinuxDevice.this, actual)), e -> Operators.error(actual, e));
      }
    };
  }

  private void begin(Reception next) {
    if (reception != null) {
      Operators.error(next.actual(), new IllegalStateException(name + " has a subscriber"));
    } else if (end != null) {
      next.actual().onSubscribe(next);
      next.end(end);
    } else {
      reception = next;
      next.actual().onSubscribe(next);
    }
  }

  @Override
  public Mono<Void> send(Publisher<Frame> frames) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        onLoop(
            () -> begin(new Transmission(LinuxDevice.this, actual), frames), e -> Operators.error(actual, e));
      }
    };
  }

  private void begin(Transmission next, Publisher<Frame> frames) {
    if (transmission != null) {
      Operators.error(next.actual(), new IllegalStateException(name + " is being sent to"));
    } else if (end != null) {
      Operators.error(next.actual(), closed());
    } else {
      transmission = next;
      next.begin(frames);
    }
  }

  @Override
  public void dispose() {
    onLoop(() -> end(closed()), e -> {
      // The loop is gone; it closed this device when it went.
    });
  }

  @Override
  public boolean isDisposed() { return end != null; }

  private DeviceException closed() {
    return new DeviceException(Reason.CLOSED, name + " is closed");
  }

  /** Ends both directions, then frees the descriptor; a disposal completes what a failure errs. */
  private void end(DeviceException cause) {
    if (end != null) {
      return;
    }
    end = cause;
    registration.cancel();
    io.close();
    Reception receiving = reception;
    Transmission sending = transmission;
    reception = null;
    transmission = null;
    if (receiving != null) {
      receiving.end(cause);
    }
    if (sending != null) {
      sending.end(cause);
    }
  }

  /** Ends this device if its medium is gone; says whether it is. */
  private boolean endIfGone() {
    int errno = -io.fate();
    if (errno == 0) {
      return false;
    }
    end(new DeviceException(Reason.GONE, name + " is gone: " + Libc.errorText(errno)));
    return true;
  }

  /**
   * Judges an {@code errno} from reading or writing.
   *
   * <p>A medium that is gone or an error that is not known to pass ends the device.
   */
  void onError(int errno) {
    boolean passes = switch (errno) {
      case Errno.EINTR, Errno.ENETDOWN, Errno.EIO, Errno.ENOBUFS, Errno.ENOMEM -> true;
      default -> false;
    };
    if (end != null || endIfGone()) {
      return;
    }
    if (passes) {
      watchWhileDown();
    } else {
      end(new DeviceException(Reason.FAILED, name + " failed: " + Libc.errorText(errno)));
    }
  }

  /** Looks now and then whether an interface that went down was deleted, until it is up again. */
  private void watchWhileDown() {
    if (!watching && io.isDown() && !loop.isShuttingDown()) {
      watching = true;
      loop.schedule(() -> {
        watching = false;
        if (end == null && !endIfGone()) {
          watchWhileDown();
        }
      }, WATCH_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public int fd() {
    return io.fd();
  }

  @Override
  public void handle(IoRegistration ignored, IoEvent event) {
    Readiness ready = (Readiness) event;
    if (ready.in() && reception != null) {
      reception.onReadable();
    }
    if (ready.out() && transmission != null) {
      transmission.onWritable();
    }
    if (ready.failed() && end == null && !endIfGone()) {
      watchWhileDown();
    }
  }

  /** The loop shuts down. */
  @Override
  public void close() {
    end(closed());
  }

  void forget(Reception ended) {
    if (reception == ended) {
      reception = null;
      awaitReadable(false);
    }
  }

  void forget(Transmission ended) {
    if (transmission == ended) {
      transmission = null;
      awaitWritable(false);
    }
  }

  void awaitReadable(boolean wanted) {
    interest(wanted ? interest | Readiness.IN : interest & ~Readiness.IN);
  }

  void awaitWritable(boolean wanted) {
    interest(wanted ? interest | Readiness.OUT : interest & ~Readiness.OUT);
  }

  private void interest(int flags) {
    if (flags != interest && end == null) {
      interest = flags;
      registration.submit(Readiness.of(flags));
    }
  }

  FrameIo io() {
    return io;
  }

  boolean inLoop() {
    return loop.inEventLoop();
  }

  /** Runs {@code action} on the loop, at once if this is the loop; nothing happens on one that has ended. */
  void onLoop(Runnable action) {
    onLoop(action, e -> {
    });
  }

  void onLoop(Runnable action, Consumer<RejectedExecutionException> refused) {
    if (loop.inEventLoop()) {
      action.run();
      return;
    }
    try {
      loop.execute(action);
    } catch (RejectedExecutionException e) {
      refused.accept(e);
    }
  }

  long now() {
    return loop.ticker().nanoTime();
  }

  @Override
  public String toString() {
    return name;
  }
}
