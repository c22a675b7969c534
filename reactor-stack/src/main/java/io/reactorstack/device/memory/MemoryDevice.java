package io.reactorstack.device.memory;

import io.netty.channel.IoEventLoop;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import io.reactorstack.offload.Segmentation;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import java.util.concurrent.RejectedExecutionException;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The device at one end of a {@link MemoryCable}, on an event loop. */
public final class MemoryDevice implements NetworkDevice {

  /** Bytes of a frame beyond the MTU: the Ethernet header and one VLAN tag. */
  private static final int LINK_HEADER = 18;

  private final IoEventLoop loop;
  private final DeviceCapabilities capabilities;
  private final MemoryRing in;
  private final MemoryRing out;
  private final ReceivePort receive;
  private final TransmitPort transmit;
  private final Drops drops = new Drops();
  /** Cuts the frames that the other end does not take. */
  private final Segmentation segmentation;
  private final int longest;
  private int dropped;
  private volatile boolean disposed;

  MemoryDevice(IoEventLoop loop, DeviceCapabilities capabilities, MemoryRing in, MemoryRing out) {
    this.loop = loop;
    this.capabilities = capabilities;
    this.in = in;
    this.out = out;
    this.longest = capabilities.mtu() + (capabilities.medium() == DeviceCapabilities.Medium.ETHERNET ? LINK_HEADER : 0);
    this.receive = new ReceivePort(loop, in::wakeReceiver);
    this.transmit = new TransmitPort(loop, out.capacity(), this::give);
    this.segmentation = new Segmentation(capabilities.medium(), out::offload, drops);
    out.sender(this);
    in.receiver(this);
  }

  @Override
  public DeviceCapabilities capabilities() {
    return capabilities;
  }

  @Override
  public Flux<Frame> receive() {
    return receive;
  }

  @Override
  public Mono<Void> send(Publisher<Frame> frames) {
    return capabilities.offload().equals(Offload.NONE)
        ? transmit.send(frames)
        : transmit.send(segmentation.send(Flux.from(frames)));
  }

  @Override
  public Drops drops() {
    return drops;
  }

  @Override
  public void dispose() {
    if (loop.inEventLoop()) {
      close();
      return;
    }
    try {
      loop.execute(this::close);
    } catch (RejectedExecutionException e) {
      // The loop has terminated, so no code runs on it any more and this thread may free what the loop owned.
      close();
    }
  }

  private void close() {
    if (!disposed) {
      disposed = true;
      transmit.close();
      receive.complete();
      in.close();
      out.senderGone();
    }
  }

  @Override
  public boolean isDisposed() {
    return disposed;
  }

  IoEventLoop loop() {
    return loop;
  }

  ReceivePort receivePort() {
    return receive;
  }

  TransmitPort transmitPort() {
    return transmit;
  }

  private void give(Frame frame) {
    if (frame.payload().readableBytes() > longest(frame)) {
      drop(frame, DeviceDrop.TOO_LONG);
    } else if (!out.put(frame)) {
      drop(frame, DeviceDrop.INTERFACE_DOWN);
    }
  }

  private int longest(Frame frame) {
    Offload offload = capabilities.offload();
    return frame.facts().segmentSize() == 0
        ? longest
        : longest - capabilities.mtu() + Math.max(offload.longestTcp(), offload.longestUdp());
  }

  /**
   * Drops a frame; a later task frees its slot, because a publisher that emits such frames endlessly must not occupy
   * the loop.
   */
  private void drop(Frame frame, DeviceDrop reason) {
    drops.drop(frame, reason);
    if (dropped++ == 0) {
      loop.execute(this::freeDropped);
    }
  }

  private void freeDropped() {
    int n = dropped;
    dropped = 0;
    transmit.free(n);
  }

  /**
   * Returns the frame as this end receives it. {@code now} holds the arrival time, which the frames of a batch share.
   */
  Frame arrived(Frame sent, PacketFacts now) {
    PacketFacts facts = sent.facts();
    if (facts.checksum() == ChecksumState.IN_PACKET && facts.segmentSize() == 0) {
      return new Frame(sent.payload(), now);
    }
    return new Frame(sent.payload(), new PacketFacts(now.ingressNanos(), facts.checksum(), facts.segmentSize()));
  }
}
