package io.reactorstack.device.linux;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.device.Frame;
import io.reactorstack.device.polled.PolledDevice;
import io.reactorstack.device.polled.Receiving;
import io.reactorstack.device.polled.Sending;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;

/** A network device over a file descriptor of the Linux kernel. Confined to the loop. */
final class LinuxDevice extends PolledDevice implements FdHandle {

  /** Whether a device leaves work to the kernel if its user does not say. */
  static final boolean OFFLOAD_BY_DEFAULT = true;

  private static final long WATCH_MILLIS = 250;

  private final FrameIo io;
  private final IoRegistration registration;
  private int interest;
  private boolean watching;
  /**
   * Reports the state of the interface; {@code null} once the interface has left the network namespace of the process.
   */
  private @Nullable InterfaceMonitor monitor;
  private boolean awaitingUp;

  /** Takes ownership of {@code io}, and closes it if the device cannot be registered; called on {@code loop}. */
  LinuxDevice(String name, IoEventLoop loop, FrameIo io, DeviceCapabilities capabilities) {
    super(name, loop, capabilities);
    this.io = io;
    this.registration = register(io::close);
    this.monitor = InterfaceMonitor.open(loop, io.interfaceIndex(), new InterfaceMonitor.Listener() {
      @Override
      public void onCarrier(boolean up) {
        carrierState().set(up ? Carrier.UP : Carrier.DOWN);
      }

      @Override
      public void onLeft() {
        LinuxDevice.this.onLeft();
      }
    });
  }

  private void onLeft() {
    if (monitor != null) {
      monitor.close();
      monitor = null;
    }
    if (!isDisposed() && !endIfGone()) {
      // The interface continues in another namespace, where it is initially down.
      onDown();
    }
  }

  /**
   * Handles an interface that is down when no monitor will report that it is up again: waits for the descriptor to be
   * writable.
   */
  private void onDown() {
    if (monitor == null && io.hasRoomOnlyWhileUp()) {
      carrierState().set(Carrier.DOWN);
      awaitingUp = true;
      poll();
    }
  }

  private void onRoom() {
    if (awaitingUp) {
      awaitingUp = false;
      poll();
      carrierState().set(Carrier.UP);
    }
  }

  /**
   * Checks, before anything is opened, that a device can be opened on {@code loop} by the calling thread.
   *
   * @throws DeviceException if the platform is not supported, or the loop cannot poll a descriptor
   * @throws IllegalStateException if the caller is not on {@code loop}
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
  protected Receiving receiving(CoreSubscriber<? super Frame> actual) {
    return new LinuxReceiving(this, actual);
  }

  @Override
  protected Sending sending(CoreSubscriber<? super Void> actual) {
    return new LinuxSending(this, actual);
  }

  @Override
  protected void free() {
    if (monitor != null) {
      monitor.close();
    }
    registration.cancel();
    io.close();
  }

  /** Ends this device if its medium has failed permanently; returns whether it has. */
  private boolean endIfGone() {
    int errno = -io.fate();
    if (errno == 0) {
      return false;
    }
    endAsGone(Libc.errorText(errno));
    return true;
  }

  /**
   * Handles an {@code errno} from reading or writing.
   *
   * <p>If the medium is gone, or the error is not known to be temporary, the device ends.
   */
  void onError(int errno) {
    boolean passes = switch (errno) {
      case Errno.EINTR, Errno.ENETDOWN, Errno.EIO, Errno.ENOBUFS, Errno.ENOMEM -> true;
      default -> false;
    };
    if (isDisposed() || endIfGone()) {
      return;
    }
    if (errno == Errno.EIO) {
      onDown();
    }
    if (passes) {
      watchWhileDown();
    } else {
      endAsFailed(Libc.errorText(errno));
    }
  }

  /**
   * Checks every {@link #WATCH_MILLIS} milliseconds whether an interface that is down was deleted, until it is up
   * again.
   */
  private void watchWhileDown() {
    if (monitor == null && !watching && io.isDown() && !loop().isShuttingDown()) {
      watching = true;
      loop().schedule(() -> {
        watching = false;
        if (!isDisposed() && !endIfGone()) {
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
    if (ready.in()) {
      onReadable();
    }
    if (ready.out()) {
      onRoom();
      onWritable();
    }
    if (ready.failed() && !isDisposed() && !endIfGone()) {
      watchWhileDown();
    }
  }

  @Override
  protected void onSendingEnded() {
    awaitWritable(false);
  }

  @Override
  protected void awaitReadable(boolean wanted) {
    interest(wanted ? interest | Readiness.IN : interest & ~Readiness.IN);
  }

  void awaitWritable(boolean wanted) {
    interest(wanted ? interest | Readiness.OUT : interest & ~Readiness.OUT);
  }

  private void interest(int flags) {
    if (flags != interest) {
      interest = flags;
      poll();
    }
  }

  private void poll() {
    if (!isDisposed()) {
      registration.submit(Readiness.of(awaitingUp ? interest | Readiness.OUT : interest));
    }
  }

  /** Runs {@code task} at the end of this turn of the loop; returns false if the loop accepts no more tasks. */
  boolean execute(Runnable task) {
    try {
      loop().execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  FrameIo io() {
    return io;
  }
}
