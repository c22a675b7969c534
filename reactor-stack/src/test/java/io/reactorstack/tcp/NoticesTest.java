package io.reactorstack.tcp;

import static io.reactorstack.tcp.TwoHosts.CLIENT;
import static io.reactorstack.tcp.TwoHosts.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestErrors;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** The events that {@link TcpConnection#notices} emits. */
class NoticesTest {

  private static final IpAddress ROUTER = IpAddress.parse("192.0.2.254");

  private final TwoHosts net = new TwoHosts();
  private final List<TcpNotice> told = new ArrayList<>();
  private final List<String> ends = new ArrayList<>();
  private TwoHosts.Pair pair;
  private Disposable reader;

  @BeforeEach
  void open() {
    pair = net.open(80, net.client.api.settings(s -> s.withWire(wire -> wire.withTimestamps(false))), net.server.api);
    reader = pair.client().notices().doOnComplete(() -> ends.add("complete")).subscribe(told::add);
  }

  @AfterEach
  void nothingIsLeft() {
    pair.client().abort();
    pair.server().abort();
    net.close();
  }

  private void sendIntoTheVoid() {
    net.lost = segment -> true;
    pair.client().send(Mono.just(net.buffer("lost"))).subscribe();
    net.settle();
  }

  private void icmp(IcmpError.Kind kind, int seqOffset) {
    TwoHosts.Seen sent = net.from(CLIENT).getLast();
    ByteBuffer quote = ByteBuffer.allocate(8)
        .putShort((short) pair.client().localAddress().getPort())
        .putShort((short) 80)
        .putInt(sent.seq() + seqOffset);
    net.client.tcp.onIcmpError(TestErrors.of(kind, ROUTER, 0, CLIENT, SERVER, IpProtocol.TCP, quote.array()));
    net.settle();
  }

  @Test
  @Requirement({"MUST-47", "MUST-47.1"})
  void emitsIcmpErrorsAboutSegmentsInFlight() {
    sendIntoTheVoid();
    icmp(IcmpError.Kind.HOST_UNREACHABLE, 0);
    assertThat(told).singleElement().isInstanceOfSatisfying(TcpNotice.SoftError.class, notice -> {
      assertThat(notice.kind()).isEqualTo(IcmpError.Kind.HOST_UNREACHABLE);
      assertThat(notice.reporter()).isEqualTo(ROUTER);
      assertThat(notice.failure()).isInstanceOfSatisfying(IcmpError.DestinationUnreachable.class,
          error -> assertThat(error.quote().destination()).isEqualTo(SERVER));
    });
    icmp(IcmpError.Kind.HOST_UNREACHABLE, 100);
    assertThat(told).as("no notice of an error that quotes nothing in flight").hasSize(1);
  }

  @Test
  @Requirement({"SHLD-10", "SHLD-9", "MUST-47.1"})
  void emitsExcessiveRetransmissionOnceUntilThereIsProgress() {
    sendIntoTheVoid();
    assertThat(PathFeedback.R1).isGreaterThanOrEqualTo(3);
    net.advance(Duration.ofMillis(700));
    assertThat(told).as("not at the first timeout").isEmpty();
    net.advance(Duration.ofSeconds(60));
    assertThat(told).containsExactly(new TcpNotice.ExcessiveRetransmission(PathFeedback.R1));
    net.lost = segment -> false;
    net.advance(Duration.ofSeconds(120));
    sendIntoTheVoid();
    // The timeout is still backed off: by Karn's rule, retransmissions have given no new sample.
    net.advance(Duration.ofMinutes(10));
    assertThat(told).hasSize(2);
  }

  @Test
  @Requirement({"SHLD-20"})
  void emitsNothingAfterCancellation() {
    reader.dispose();
    sendIntoTheVoid();
    icmp(IcmpError.Kind.HOST_UNREACHABLE, 0);
    net.advance(Duration.ofSeconds(60));
    assertThat(told).isEmpty();
  }

  @Test
  @Requirement({"MUST-32", "MUST-33", "MUST-47.1"})
  void emitsUrgentDataWhenItsMarkAppearsAndWhenItMoves() {
    pair.server().send(Mono.just(net.buffer("0123456789"))).subscribe();
    net.advance(Duration.ofMillis(100));
    TwoHosts.Seen last = net.from(SERVER).stream().filter(s -> s.length() > 0).toList().getLast();
    int next = last.seq() + last.length();
    urgent(next, last.ack(), 5, "abc");
    assertThat(told).containsExactly(new TcpNotice.UrgentData(10 + 5));
    urgent(next + 3, last.ack(), 2, "de");
    assertThat(told).as("the mark has not moved").hasSize(1);
    urgent(next + 5, last.ack(), 1, "f");
    assertThat(told).hasSize(2).last().isEqualTo(new TcpNotice.UrgentData(10 + 6));
  }

  private void urgent(int seq, int ack, int pointer, String text) {
    ByteBuf payload = Headroom.allocate(net.client.memory, text.length());
    payload.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    FourTuple flow = new FourTuple(SERVER, 80, CLIENT, pair.client().localAddress().getPort());
    net.client.port.deliver(TwoHosts.packet(new TcpSegment(flow, seq, ack,
        TcpSegment.ACK | TcpSegment.URG | TcpSegment.PSH, 1000, pointer, TcpOptions.NONE, 0, payload,
        PacketFacts.LOCAL)));
    net.settle();
  }

  @Test
  void completesWhenTheConnectionEnds() {
    pair.client().abort();
    net.settle();
    assertThat(ends).containsExactly("complete");
    List<String> late = new ArrayList<>();
    pair.client().notices().doOnComplete(() -> late.add("complete")).subscribe();
    net.settle();
    assertThat(late).containsExactly("complete");
  }
}
