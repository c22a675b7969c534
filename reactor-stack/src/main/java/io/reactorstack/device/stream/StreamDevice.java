package io.reactorstack.device.stream;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoEvent;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.polled.PolledDevice;
import io.reactorstack.device.polled.Receiving;
import io.reactorstack.device.polled.Sending;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import reactor.core.CoreSubscriber;
import reactor.util.Logger;
import reactor.util.Loggers;

/** A connected stream socket as a device. Confined to the loop. */
final class StreamDevice extends PolledDevice implements NioIoHandle {

  private static final Logger LOG = Loggers.getLogger(StreamDevice.class);
  /** Ethernet header and one VLAN tag: what a frame may have beyond the MTU. */
  private static final int LINK_HEADER = 18;

  private final SocketChannel channel;
  private final FrameReader reader = new FrameReader();
  private final FrameWriter writer = new FrameWriter();
  private final IoRegistration registration;
  private NioIoOps interest = NioIoOps.NONE;
  private boolean flushing;

  /** Takes over {@code channel}, which is connected and does not block; called on {@code loop}. */
  StreamDevice(String name, IoEventLoop loop, SocketChannel channel, DeviceCapabilities capabilities) {
    super(name, loop, capabilities);
    this.channel = channel;
    this.registration = register(() -> closeQuietly(channel));
    // A loop that is told to shut down while it runs its last tasks does not close its handles. Nothing runs on it any
    // more then, so that what it owned may be freed from elsewhere.
    loop.terminationFuture().addListener(terminated -> close());
  }

  @Override
  public SelectableChannel selectableChannel() {
    return channel;
  }

  @Override
  protected Receiving receiving(CoreSubscriber<? super Frame> actual) {
    return new Inbound(this, reader, actual);
  }

  @Override
  protected Sending sending(CoreSubscriber<? super Void> actual) {
    return new Outbound(this, writer, actual);
  }

  /** Bytes that a frame may have at most. */
  int longest() {
    return capabilities().mtu() + LINK_HEADER;
  }

  /** Fills {@code reader}; returns whether anything came. */
  boolean fill() {
    try {
      int read = reader.fill(channel);
      if (read < 0) {
        endAsGone("the other end has closed the connection");
      }
      return read > 0;
    } catch (IOException e) {
      endAsGone(String.valueOf(e.getMessage()));
      return false;
    }
  }

  /** Writes, in a task of its own, what {@code writer} has by then: the frames of one run of the loop go together. */
  void flushSoon() {
    if (!flushing && !interest.contains(NioIoOps.WRITE)) {
      flushing = true;
      afterwards(() -> {
        flushing = false;
        flush();
      });
    }
  }

  private void flush() {
    if (isDisposed()) {
      return;
    }
    boolean all;
    try {
      all = writer.flush(channel);
    } catch (IOException e) {
      endAsGone(String.valueOf(e.getMessage()));
      return;
    }
    await(NioIoOps.WRITE, !all);
    if (all) {
      onWritable();
    }
  }

  @Override
  public void handle(IoRegistration ignored, IoEvent event) {
    NioIoOps ready = ((NioIoEvent) event).ops();
    if (ready.contains(NioIoOps.READ)) {
      onReadable();
    }
    if (ready.contains(NioIoOps.WRITE)) {
      flush();
    }
  }

  @Override
  protected void awaitReadable(boolean wanted) {
    await(NioIoOps.READ, wanted);
  }

  private void await(NioIoOps ops, boolean wanted) {
    NioIoOps next = wanted ? interest.with(ops) : interest.without(ops);
    if (!isDisposed() && !next.equals(interest)) {
      interest = next;
      registration.submit(next);
    }
  }

  @Override
  protected void onSendingEnded() {
    // What the writer has is written all the same: the rest of a frame must follow its beginning.
  }

  /** The other end does not speak as it should. */
  void onBrokenStream(FrameReader.BrokenStream e) {
    endAsFailed(String.valueOf(e.getMessage()));
  }

  @Override
  protected void free() {
    registration.cancel();
    closeQuietly(channel);
  }

  static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("a socket could not be closed", e);
    }
  }

  /** Runs {@code action} after what the loop is doing. */
  void afterwards(Runnable action) {
    loop().execute(action);
  }
}
