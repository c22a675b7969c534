package io.reactorstack.icmp;

import static io.reactorstack.testing.Packets.icmpv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.TestPackets;
import io.reactorstack.wire.IpProtocol;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class IcmpTypesTest {

  private static final IpAddress PEER = IpAddress.parse("fe80::2");
  private static final IpAddress OWN = IpAddress.parse("fe80::1");
  private static final int NEIGHBOR_SOLICITATION = 135;

  private final Drops drops = new Drops();
  private final List<InboundPacket> others = new ArrayList<>();
  private final IcmpTypes types = new IcmpTypes(others::add, drops);
  private final TestPublisher<InboundPacket> source = TestPublisher.create();

  private InboundPacket receive(IpAddress from, IpAddress to, int protocol, byte[] message) {
    ByteBuf bytes = Unpooled.wrappedBuffer(message);
    InboundPacket packet = TestPackets.inbound(from, to, protocol, bytes);
    source.next(packet);
    return packet;
  }

  private InboundPacket receive(int type) {
    return receive(PEER, OWN, IpProtocol.ICMPV6, icmpv6("fe80::2", "fe80::1", type, 0, 0, new byte[16]));
  }

  @Test
  void eachTypeGoesToItsSubscriberAndOthersToTheDefaultHandler() {
    List<InboundPacket> solicitations = new ArrayList<>();
    List<InboundPacket> echoes = new ArrayList<>();
    Disposable taking = types.branch(NEIGHBOR_SOLICITATION).subscribe(solicitations::add);
    types.branch(128).subscribe(echoes::add);
    types.connect(source.flux());
    InboundPacket solicitation = receive(NEIGHBOR_SOLICITATION);
    InboundPacket echo = receive(128);
    InboundPacket advertisement = receive(136);
    assertThat(solicitations).containsExactly(solicitation);
    assertThat(echoes).containsExactly(echo);
    assertThat(others).containsExactly(advertisement);

    taking.dispose();
    InboundPacket late = receive(NEIGHBOR_SOLICITATION);
    assertThat(others).containsExactly(advertisement, late);
    assertThat(drops.total()).isZero();
  }

  @Test
  void packetsWithoutTypeOrOfTheOtherVersionGoToTheDefaultHandler() {
    for (int type = 0; type < 256; type++) {
      types.branch(type).subscribe(packet -> {
        throw new AssertionError(packet.toString());
      });
    }
    types.connect(source.flux());
    InboundPacket empty = receive(PEER, OWN, IpProtocol.ICMPV6, new byte[0]);
    InboundPacket misplaced = receive(
        IpAddress.parse("10.0.0.2"), IpAddress.parse("10.0.0.1"), IpProtocol.ICMPV6, new byte[] {(byte) 130, 0});
    InboundPacket misplacedToo = receive(PEER, OWN, IpProtocol.ICMP, new byte[] {8, 0});
    assertThat(others).containsExactly(empty, misplaced, misplacedToo);
    assertThat(drops.total()).isZero();
  }

  @Test
  void aTypeHasOneSubscriber() {
    types.branch(1).subscribe(InboundPacket::release);
    StepVerifier.create(types.branch(1)).verifyError(IllegalStateException.class);
  }
}
