package io.reactorstack.ndp;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IcmpType;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.MldMessage;
import io.reactorstack.wire.NdpMessage;
import io.reactorstack.wire.NdpOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * A host on a test device, and the other stations of its link, in virtual time. Sent frames are lines of text: the MAC
 * address of the destination, the IP addresses, and the message.
 */
final class NdpStation implements AutoCloseable {

  static final String MAC = "02:00:00:00:00:0a";
  static final String PEER_MAC = "02:00:00:00:00:0b";
  static final String NODES = "ff02::1";

  final VirtualLoop loop = new VirtualLoop();
  final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));
  final NetworkStack stack;
  final List<InterfaceEvent> events = new ArrayList<>();
  /** The nonce of the last sent solicitation that had one, as an option. */
  byte[] nonce = new byte[0];

  private final long origin = loop.now();

  /** Starts a host that does not test its addresses. */
  static NdpStation untested(String... addresses) {
    return new NdpStation(settings -> settings.withDuplicateAddressDetection(0), addresses);
  }

  NdpStation(UnaryOperator<Ipv6Settings> settings, String... addresses) {
    StackConfiguration configuration = UnprobedStack.create().runOn(loop).random(new Random(1))
        .announceAddresses(false).ipv6(settings).device("eth0", any -> device, addresses);
    stack = configuration.startNow();
    stack.interfaceEvents().subscribe(events::add);
    loop.settle();
  }

  /** Advances the time to {@code millis} after the start. */
  NdpStation at(long millis) {
    loop.advance(Duration.ofNanos(origin + millis * 1_000_000 - loop.now()));
    return this;
  }

  // ---- received frames

  /** Receives a message with hop limit 255 from the station with {@link #PEER_MAC}. */
  NdpStation receive(String source, String destination, int type, int rest, byte[]... data) {
    byte[] packet = ipv6(source, destination, 58, icmpv6(source, destination, type, 0, rest, concat(data)));
    packet[7] = (byte) 255;
    return receive(packet);
  }

  /** Receives an IPv6 packet from the station with {@link #PEER_MAC}. */
  NdpStation receive(byte[] packet) {
    boolean group = packet[24] == (byte) 0xff;
    String destination = group
        ? String.format("33:33:%02x:%02x:%02x:%02x", packet[36], packet[37], packet[38], packet[39])
        : MAC;
    device.inject(ethernet(destination, PEER_MAC, 0x86dd, packet));
    loop.settle();
    return this;
  }

  NdpStation solicitation(String source, String destination, String target, byte[]... options) {
    return receive(source, destination, 135, 0, address(target), concat(options));
  }

  /**
   * Receives an advertisement.
   *
   * @param flags some of the letters R, S and O
   */
  NdpStation advertisement(String source, String destination, String target, String flags, byte[]... options) {
    int bits = (flags.contains("R") ? 1 << 31 : 0) | (flags.contains("S") ? 1 << 30 : 0)
        | (flags.contains("O") ? 1 << 29 : 0);
    return receive(source, destination, 136, bits, address(target), concat(options));
  }

  static byte[] address(String text) {
    return IpAddress.parse(text).bytes();
  }

  /** Returns an option with a link-layer address. */
  static byte[] link(int type, String mac) {
    byte[] option = {(byte) type, 1, 0, 0, 0, 0, 0, 0};
    MacAddress.parse(mac).set(Unpooled.wrappedBuffer(option), 2);
    return option;
  }

  // ---- sent frames

  /** Returns and removes the IPv6 frames sent since the last call. */
  List<String> sent() {
    return device.takeSent().stream().map(this::describe).toList();
  }

  private String describe(byte[] frame) {
    ByteBuf bytes = Unpooled.wrappedBuffer(frame);
    EthernetHeader link = EthernetHeader.parse(bytes, NdpStation::bad);
    bytes.skipBytes(link.length());
    if (link.type() != EtherType.IPV6) {
      return link.destination() + " type " + link.type();
    }
    assertThat(link.source()).isEqualTo(MacAddress.parse(MAC));
    Ipv6Header header = Ipv6Header.parse(bytes, NdpStation::bad);
    int start = bytes.readerIndex();
    Ipv6Chain chain = Ipv6Chain.walk(bytes, start, bytes.writerIndex(), true);
    bytes.skipBytes(chain.length());
    String way = link.destination() + " " + header.source() + " > " + header.destination() + " ";
    EnclosingPacket carrier = EnclosingPacket.of(header.source(), header.destination(), 0, PacketFacts.LOCAL);
    if (chain.next() != 58) {
      return way + "protocol " + chain.next();
    }
    if (MldMessage.isIn(bytes)) {
      return way + MldMessage.parse(bytes, carrier, NdpStation::bad);
    }
    if (!NdpMessage.isIn(bytes)) {
      return way + "ICMPv6 " + IcmpType.of(bytes);
    }
    assertThat(header.hopLimit()).isEqualTo(255);
    return way + describe(NdpMessage.parse(bytes, carrier, NdpStation::bad));
  }

  private String describe(NdpMessage message) {
    StringBuilder text = new StringBuilder(switch (message) {
      case NdpMessage.NeighborSolicitation solicitation -> "NS " + solicitation.target();
      case NdpMessage.NeighborAdvertisement neighbor -> "NA " + neighbor.target() + " "
          + (neighbor.router() ? "R" : "") + (neighbor.solicited() ? "S" : "") + (neighbor.override() ? "O" : "");
      default -> message.toString();
    });
    for (NdpOption option : message.options()) {
      text.append(switch (option) {
        case NdpOption.SourceLinkAddress source -> " source " + source.address();
        case NdpOption.TargetLinkAddress target -> " target " + target.address();
        case NdpOption.Nonce value -> {
          nonce = new byte[8];
          nonce[0] = 14;
          nonce[1] = 1;
          value.octets().get(nonce, 2, 6);
          yield " nonce";
        }
        default -> " " + option;
      });
    }
    return text.toString();
  }

  private static void bad(DropReason reason) {
    throw new AssertionError("sent a bad frame: " + reason);
  }

  // ---- state

  long dropped(DropReason reason) {
    return stack.drops().get(reason);
  }

  /** Asserts that {@code receiving} is dropped for this reason and causes no frame. */
  void assertDropped(DropReason reason, Runnable receiving) {
    device.takeSent();
    long before = dropped(reason);
    receiving.run();
    assertThat(dropped(reason)).as(stack.drops().toString()).isEqualTo(before + 1);
    assertThat(sent()).isEmpty();
  }

  @Override
  public void close() {
    stack.dispose();
    loop.settle();
    FrameBalance.assertBalanced(stack);
    assertThat(loop.deadline()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
  }
}
