package io.reactorstack.device.stream;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoEvent;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/** A connected stream socket as a {@link NetworkDevice}: what its two directions share. Confined to the loop. */
final class StreamDevice implements NetworkDevice, NioIoHandle {

  private static final Logger LOG = Loggers.getLogger(StreamDevice.class);

  private final String name;
  private final IoEventLoop loop;
  private final SocketChannel channel;
  private final DeviceCapabilities capabilities;
  private final Drops drops = new Drops();
  private final FrameReader reader = new FrameReader();
  private final FrameWriter writer = new FrameWriter();
  private final IoRegistration registration;
  private NioIoOps interest = NioIoOps.NONE;
  private boolean flushing;
  private @Nullable Inbound inbound;
  private @Nullable Outbound outbound;
  private volatile @Nullable DeviceException end;

  /** Takes over {@code channel}, which is connected and does not block; called on {@code loop}. */
  StreamDevice(String name, IoEventLoop loop, SocketChannel channel, DeviceCapabilities capabilities) {
    this.name = name;
    this.loop = loop;
    this.channel = channel;
    this.capabilities = capabilities;
    var registered = loop.register(this);
    if (!registered.isSuccess()) {
      closeQuietly(channel);
      throw new DeviceException(Reason.FAILED, name + " cannot be polled: " + registered.cause());
    }
    this.registration = registered.getNow();
    // A loop that is told to shut down while it runs its last tasks does not close its handles. Nothing runs on it any
    // more then, so that what it owned may be freed from elsewhere.
    loop.terminationFuture().addListener(terminated -> end(closed()));
  }

  @Override
  public SelectableChannel selectableChannel() {
    return channel;
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
        onLoop(() -> begin(new Inbound(StreamDevice.this, reader, actual)), e -> Operators.error(actual, e));
      }
    };
  }

  private void begin(Inbound next) {
    if (inbound != null) {
      Operators.error(next.actual(), new IllegalStateException(name + " has a subscriber"));
    } else if (end != null) {
      next.actual().onSubscribe(next);
      next.end(end);
    } else {
      inbound = next;
      next.actual().onSubscribe(next);
    }
  }

  @Override
  public Mono<Void> send(Publisher<Frame> frames) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        onLoop(() -> begin(new Outbound(StreamDevice.this, writer, actual), frames), e -> Operators.error(actual, e));
      }
    };
  }

  private void begin(Outbound next, Publisher<Frame> frames) {
    if (outbound != null) {
      Operators.error(next.actual(), new IllegalStateException(name + " is being sent to"));
    } else if (end != null) {
      Operators.error(next.actual(), closed());
    } else {
      outbound = next;
      next.begin(frames);
    }
  }

  /** Fills {@code reader}; returns whether anything came. */
  boolean fill() {
    try {
      int read = reader.fill(channel);
      if (read < 0) {
        end(gone("the other end has closed the connection"));
      }
      return read > 0;
    } catch (IOException e) {
      end(gone(String.valueOf(e.getMessage())));
      return false;
    }
  }

  /** Writes, in a task of its own, what {@code writer} has by then: the frames of one run of the loop go together. */
  void flushSoon() {
    if (!flushing && !interest.contains(NioIoOps.WRITE)) {
      flushing = true;
      loop.execute(() -> {
        flushing = false;
        flush();
      });
    }
  }

  private void flush() {
    if (end != null) {
      return;
    }
    try {
      do {
        if (!writer.flush(channel)) {
          await(NioIoOps.WRITE, true);
          return;
        }
      } while (outbound != null && outbound.refill());
    } catch (IOException e) {
      end(gone(String.valueOf(e.getMessage())));
      return;
    }
    await(NioIoOps.WRITE, false);
    if (outbound != null) {
      outbound.onDrained();
    }
  }

  @Override
  public void handle(IoRegistration ignored, IoEvent event) {
    NioIoOps ready = ((NioIoEvent) event).ops();
    if (ready.contains(NioIoOps.READ) && inbound != null) {
      inbound.onReadable();
    }
    if (ready.contains(NioIoOps.WRITE)) {
      flush();
    }
  }

  void awaitReadable(boolean wanted) {
    await(NioIoOps.READ, wanted);
  }

  private void await(NioIoOps ops, boolean wanted) {
    NioIoOps next = wanted ? interest.with(ops) : interest.without(ops);
    if (end == null && !next.equals(interest)) {
      interest = next;
      registration.submit(next);
    }
  }

  void forget(Inbound ended) {
    if (inbound == ended) {
      inbound = null;
      awaitReadable(false);
    }
  }

  void forget(Outbound ended) {
    if (outbound == ended) {
      outbound = null;
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

  /** The loop shuts down. */
  @Override
  public void close() {
    end(closed());
  }

  private DeviceException closed() {
    return new DeviceException(Reason.CLOSED, name + " is closed");
  }

  private DeviceException gone(String why) {
    return new DeviceException(Reason.GONE, name + " is gone: " + why);
  }

  /** The other end does not speak as it should. */
  void onBrokenStream(FrameReader.BrokenStream e) {
    end(new DeviceException(Reason.FAILED, name + " failed: " + e.getMessage()));
  }

  private void end(DeviceException cause) {
    if (end != null) {
      return;
    }
    end = cause;
    registration.cancel();
    closeQuietly(channel);
    Inbound receiving = inbound;
    Outbound sending = outbound;
    inbound = null;
    outbound = null;
    if (receiving != null) {
      receiving.end(cause);
    }
    if (sending != null) {
      sending.end(cause);
    }
  }

  static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("a socket could not be closed", e);
    }
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

  /** Runs {@code action} after what the loop is doing. */
  void afterwards(Runnable action) {
    loop.execute(action);
  }

  long now() {
    return loop.ticker().nanoTime();
  }

  @Override
  public String toString() {
    return name;
  }
}
