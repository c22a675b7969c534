package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.tcp.TcpConnection;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/**
 * A cable behind a switch is cut, so that no host sees its link go down, and is repaired after a while. Checks how a
 * transfer continues.
 */
@Timeout(120)
class CableCutTest {

  private static final long MILLI = 1_000_000L;

  /** Larger than the frame of a pure acknowledgement, in octets. */
  private static final int DATA = 100;

  private static void transfer(int outageSeconds, int rttMillis, boolean sack, boolean upload) {
    try (Lab lab = Lab.virtual(5)) {
      Switch near = lab.newSwitch("near");
      Switch far = lab.newSwitch("far");
      var trunk = lab.newWire("trunk", w -> w.delay(Duration.ofMillis(rttMillis).dividedBy(2)).rate(50_000_000));
      near.attach(loop -> trunk.left().open(loop));
      far.attach(loop -> trunk.right().open(loop));
      Host client = host(lab, "client", "10.0.0.1/24", sack, near);
      Host server = host(lab, "server", "10.0.0.2/24", sack, far);
      Mono<TcpConnection> accepted = server.stack().tcp().listen(7).next().cache();
      lab.run(accepted::subscribe);
      TcpConnection opened = lab.await(client.stack().tcp().connect("10.0.0.2", 7));
      TcpConnection peer = lab.await(accepted);
      TcpConnection from = upload ? opened : peer;
      byte[] sent = new byte[8_000_000];
      new Random(outageSeconds).nextBytes(sent);
      ByteBuf received = Unpooled.buffer(sent.length);
      Mono<Void> all = (upload ? peer : opened).receive().doOnNext(buffer -> {
        received.writeBytes(buffer);
        buffer.release();
      }).then().cache();
      lab.run(all::subscribe);
      lab.run(() -> from.send(Mono.just(Unpooled.wrappedBuffer(sent))).then(from.shutdownOutput()).subscribe());
      lab.advance(Duration.ofMillis(5L * rttMillis));

      trunk.cut();
      lab.advance(Duration.ofSeconds(outageSeconds));
      // The time at which the first data arrives again, and the number of small segments sent more than two round trips
      // after that.
      AtomicLong again = new AtomicLong(Long.MAX_VALUE);
      AtomicLong small = new AtomicLong();
      (upload ? server : client).observe((direction, frame, nanos) -> {
        if (direction == FrameObserver.Direction.RECEIVED && frame.payload().readableBytes() > DATA) {
          again.compareAndSet(Long.MAX_VALUE, nanos);
        }
      });
      (upload ? client : server).observe((direction, frame, nanos) -> {
        int bytes = frame.payload().readableBytes();
        boolean later = again.get() != Long.MAX_VALUE && nanos > again.get() + 2 * rttMillis * MILLI;
        if (direction == FrameObserver.Direction.SENT && bytes > DATA && bytes < 1500 && later) {
          small.incrementAndGet();
        }
      });
      trunk.mend();
      lab.await(all, Duration.ofSeconds(200));
      String name = outageSeconds + " s, " + rttMillis + " ms, SACK " + sack + ", upload " + upload;
      assertThat(ByteBufUtil.getBytes(received)).as(name).isEqualTo(sent);
      assertThat(again.get()).as(name).isLessThan(Long.MAX_VALUE);
      // The remainders of segments that were cut in two, and the last segment.
      assertThat(small.get()).as(name).isLessThanOrEqualTo(6);
      assertThat(from.info().sizes().pmtu()).as(name).isEqualTo(1500);
    }
  }

  private static Host host(Lab lab, String name, String address, boolean sack, Switch lan) {
    return lab.host(name).address(address)
        .stack(s -> s.tcp(t -> t.withWire(wire -> wire.withSelectiveAcknowledgment(sack)))).connectTo(lan);
  }

  @Test
  void segmentsAreFullSizedWithinTwoRoundTripsAfterAnOutage() {
    transfer(2, 20, true, true);
    transfer(10, 100, true, false);
    transfer(5, 20, false, true);
  }

  @Test
  @Tag("long")
  void segmentsAreFullSizedAfterOutagesOfManyLengths() {
    for (int outage : new int[] {1, 2, 5, 10, 30}) {
      for (int rtt : new int[] {5, 50, 200}) {
        for (boolean sack : new boolean[] {true, false}) {
          transfer(outage, rtt, sack, true);
          transfer(outage, rtt, sack, false);
        }
      }
    }
  }
}
