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

/** A network device over a connected stream socket. Confined to the loop. */
final class StreamDevice extends PolledDevice implements NioIoHandle {

  private static final Logger LOG = Loggers.getLogger(StreamDevice.class);
  /** Bytes of a frame beyond the MTU: the Ethernet header and one VLAN tag. */
  private static final int LINK_HEADER = 18;

  private final SocketChannel channel;
  private final FrameReader reader = new FrameReader();
  private final FrameWriter writer = new FrameWriter();
  private final IoRegistration registration;
  private NioIoOps interest = NioIoOps.NONE;
  private boolean flushing;

  /** Takes ownership of {@code channel}, which is connected and non-blocking; called on {@code loop}. */
  StreamDevice(String name, IoEventLoop loop, SocketChannel channel, DeviceCapabilities capabilities) {
    super(name, loop, capabilities);
    this.channel = channel;
    this.registration = register(() -> closeQuietly(channel));
    // If a loop is shut down while it runs its last tasks, it does not close its handles. When it has terminated, no
    // code runs on it any more, so another thread may free its handles.
    loop.terminationFuture().addListener(terminated -> close());
  }

  @Override
  public SelectableChannel selectableChannel() {
    return channel;
  }

  @Override
  protected Receiving receiving(CoreSubscriber<? super Frame> actual) {
    return new StreamReceiving(this, reader, actual);
  }

  @Override
  protected Sending sending(CoreSubscriber<? super Void> actual) {
    return new StreamSending(this, writer, actual);
  }

  /** The longest frame that this device carries, in bytes. */
  int longest() {
    return capabilities().mtu() + LINK_HEADER;
  }

  /** Reads from the socket into {@code reader}; returns whether bytes arrived. */
  boolean fill() {
    try {
      int read = reader.fill(channel);
      if (read < 0) {
        endAsGone("the peer has closed the connection");
      }
      return read > 0;
    } catch (IOException e) {
      endAsGone(String.valueOf(e.getMessage()));
      return false;
    }
  }

  /**
   * Schedules a task that writes the contents of {@code writer}: the frames of one run of the loop are written
   * together.
   */
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
    // The writer's bytes are still written: the remainder of a frame must follow its beginning.
  }

  /** Ends this device because the peer violated the framing. */
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

  /** Runs {@code action} as a later task of the loop. */
  void afterwards(Runnable action) {
    loop().execute(action);
  }
}
