package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.Headroom;
import io.reactorstack.pathmtu.engine.Probe;
import io.reactorstack.wire.UdpHeader;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** A probe of a {@link UdpPathMtu}, and the subscription to its acknowledgement. */
final class UdpProbe extends BaseSubscriber<Void> implements PathMtuProbe, Originator {

  private final UdpPathMtu discovery;
  private final LoopTurn turn;
  private final Probe probe;
  private final long token;
  private boolean sent;

  UdpProbe(UdpPathMtu discovery, LoopTurn turn, Probe probe, long token) {
    this.discovery = discovery;
    this.turn = turn;
    this.probe = probe;
    this.token = token;
  }

  long id() {
    return probe.id();
  }

  /** Subscribes to the acknowledgement. */
  void subscribe(Publisher<Void> acknowledgement) {
    acknowledgement.subscribe(this);
  }

  @Override
  public int size() {
    return probe.size() - UdpHeader.LENGTH;
  }

  @Override
  public long token() {
    return token;
  }

  @Override
  public ByteBuf payload() {
    int size = size();
    return Headroom.allocate(discovery.allocator(), size).writeLong(token).writeZero(size - Long.BYTES);
  }

  @Override
  public Mono<Void> send(ByteBuf payload) {
    return Mono.create(sink -> {
      if (!turn.offer(() -> send(payload, sink))) {
        payload.release();
        sink.error(new ClosedChannelException());
      }
    });
  }

  private void send(ByteBuf payload, MonoSink<Void> sink) {
    try {
      if (payload.readableBytes() != size()) {
        throw new IllegalArgumentException(
            "a probe of " + size() + " octets cannot have " + payload.readableBytes() + " octets of data");
      }
      if (sent) {
        throw new IllegalStateException("the probe was sent before");
      }
      discovery.send(this, payload);
      sent = true;
    } catch (IOException | RuntimeException e) {
      sink.error(e);
      return;
    } catch (VirtualMachineError e) {
      // Reactor's sink rethrows fatal errors, and the subscriber would wait for ever.
      sink.error(new IOException("no memory for a probe", e));
      return;
    } finally {
      payload.release();
    }
    sink.success();
  }

  @Override
  public void onRejected(Rejection rejection) {
    discovery.onRejected(this, rejection);
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    requestUnbounded();
  }

  @Override
  protected void hookOnComplete() {
    turn.offer(() -> discovery.onAcknowledged(this));
  }

  @Override
  protected void hookOnError(Throwable cause) {
    turn.offer(() -> discovery.onFailed(this, cause));
  }
}
