package io.reactorstack.ethernet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.layer.Drops;
import io.reactorstack.neighbor.GroupAddresses;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetDefect;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class EthernetLayerTest {

  private static final String OWN = "02:00:00:00:00:01";
  private static final String PEER = "02:00:00:00:00:02";
  private static final String ALL = "ff:ff:ff:ff:ff:ff";
  private static final byte[] DATA = new byte[46];

  private final Drops drops = new Drops();
  private final EthernetLayer layer = new EthernetLayer(MacAddress.parse(OWN), drops);

  @Test
  @Requirement("RFC894-Body-01")
  void passesAFrameForTheStationWithoutItsHeader() {
    EthernetFrame frame = receive(layer, Packets.ethernet(OWN, PEER, 0x0800, new byte[] {1, 2, 3}));

    assertThat(frame.source()).isEqualTo(MacAddress.parse(PEER));
    assertThat(frame.destination().isGroup()).isFalse();
    assertThat(frame.type()).isEqualTo(EtherType.IPV4);
    assertThat(ByteBufUtil.getBytes(frame.payload())).containsExactly(1, 2, 3);
    frame.release();
  }

  @Test
  @Requirement("RFC1122-2.4-01")
  void acceptsBroadcastAsAGroupFrame() {
    EthernetFrame frame = receive(layer, Packets.ethernet(ALL, PEER, 0x0806, DATA));

    assertThat(frame.destination().isGroup()).isTrue();
    frame.release();
  }

  @Test
  void acceptsAGroupUntilItsLastLeave() {
    byte[] toGroup = Packets.ethernet("01:00:5e:00:00:fb", PEER, 0x0800, DATA);
    MacAddress group = GroupAddresses.of(IpAddress.parse("224.0.0.251"));
    assertDropped(layer, toGroup, EthernetDrop.NOT_FOR_US);
    layer.join(group);
    layer.join(group);
    layer.leave(group);
    receive(layer, toGroup).release();
    layer.leave(group);
    assertDropped(layer, toGroup, EthernetDrop.NOT_FOR_US);
  }

  @Test
  void countsDroppedFramesByReason() {
    for (int length = 0; length < 14; length++) {
      assertDropped(layer, new byte[length], EthernetDefect.TOO_SHORT);
    }
    assertDropped(layer, Packets.ethernet("02:00:00:00:00:03", PEER, 0x0800, DATA), EthernetDrop.NOT_FOR_US);
    assertDropped(layer, Packets.ethernet(OWN, ALL, 0x0800, DATA), EthernetDrop.BAD_SOURCE);
    assertDropped(layer, Packets.ethernet(OWN, "01:00:5e:00:00:01", 0x0800, DATA), EthernetDrop.BAD_SOURCE);
    assertDropped(layer, Packets.ethernet(OWN, "00:00:00:00:00:00", 0x0800, DATA), EthernetDrop.BAD_SOURCE);
    assertDropped(layer, Packets.ethernet(OWN, PEER, 46, DATA), EthernetDrop.LENGTH_FRAME);
    assertDropped(layer, Packets.ethernet(OWN, PEER, 0x5ff, DATA), EthernetDrop.LENGTH_FRAME);
  }

  @Test
  void acceptsPriorityTagsAndDropsOtherVlans() {
    EthernetFrame frame = receive(layer, tagged(0x6000, 0x0800));
    assertThat(frame.type()).isEqualTo(0x0800);
    assertThat(frame.payload().readableBytes()).isEqualTo(46);
    frame.release();

    assertDropped(layer, tagged(0x6005, 0x0800), EthernetDrop.OTHER_VLAN);
    assertDropped(layer, Packets.ethernet(OWN, PEER, 0x8100, new byte[3]), EthernetDefect.TOO_SHORT);
    assertDropped(layer, tagged(0, 46), EthernetDrop.LENGTH_FRAME);
  }

  @Test
  void aConfiguredVlanIsTheOnlyOneReceivedAndSent() {
    EthernetLayer five = new EthernetLayer(MacAddress.parse(OWN), 5, drops);
    receive(five, tagged(5, 0x0800)).release();
    assertDropped(five, Packets.ethernet(OWN, PEER, 0x0800, DATA), EthernetDrop.OTHER_VLAN);
    assertDropped(five, tagged(0, 0x0800), EthernetDrop.OTHER_VLAN);

    byte[] expected = Packets.ethernet(PEER, OWN, 0x8100, new byte[] {0, 5, 8, 0, 1, 2, 3});
    assertThat(send(five, new byte[] {1, 2, 3})).isEqualTo(expected);
  }

  @Test
  void writesTheHeaderIntoTheHeadroom() {
    assertThat(send(layer, new byte[] {1, 2, 3}))
        .isEqualTo(Packets.ethernet(PEER, OWN, 0x0800, new byte[] {1, 2, 3}));
  }

  @Test
  void rejectsAnAddressOfNoStationAndAnInvalidVlan() {
    assertThatThrownBy(() -> new EthernetLayer(MacAddress.BROADCAST, drops)).hasMessageContaining("station");
    assertThatThrownBy(() -> new EthernetLayer(new MacAddress(0), drops)).hasMessageContaining("station");
    assertThatThrownBy(() -> new EthernetLayer(MacAddress.parse(OWN), 4095, drops)).hasMessageContaining("VLAN");
  }

  private static byte[] tagged(int tag, int type) {
    byte[] inner = new byte[4 + 46];
    Packets.putShort(inner, 0, tag);
    Packets.putShort(inner, 2, type);
    return Packets.ethernet(OWN, PEER, 0x8100, inner);
  }

  private EthernetFrame receive(EthernetLayer ethernet, byte[] bytes) {
    List<EthernetFrame> frames = new ArrayList<>();
    ethernet
        .receive(Flux.just(new Frame(Unpooled.copiedBuffer(bytes), PacketFacts.receivedAt(5))))
        .subscribe(frames::add);
    assertThat(frames).hasSize(1);
    assertThat(frames.get(0).facts().ingressNanos()).isEqualTo(5);
    return frames.get(0);
  }

  private void assertDropped(EthernetLayer ethernet, byte[] bytes, DropReason reason) {
    long before = drops.get(reason);
    long all = drops.total();
    ByteBuf buffer = Unpooled.copiedBuffer(bytes);
    ethernet
        .receive(Flux.just(new Frame(buffer, PacketFacts.LOCAL)))
        .subscribe(frame -> assertThat(frame).isNull());
    assertThat(drops.get(reason)).isEqualTo(before + 1);
    assertThat(drops.total()).isEqualTo(all + 1);
    // Netty's constant empty buffer is never freed.
    assertThat(bytes.length == 0 ? 0 : buffer.refCnt()).isZero();
  }

  private static byte[] send(EthernetLayer ethernet, byte[] payload) {
    ByteBuf buffer = Headroom.allocate(ByteBufAllocator.DEFAULT, payload.length).writeBytes(payload);
    Frame frame = ethernet
        .send(
            Flux.just(
                new EthernetFrame(
                    MacAddress.parse(PEER), MacAddress.parse(OWN), 0x0800, buffer, PacketFacts.LOCAL)))
        .blockFirst();
    byte[] bytes = ByteBufUtil.getBytes(frame.payload());
    frame.release();
    return bytes;
  }
}
