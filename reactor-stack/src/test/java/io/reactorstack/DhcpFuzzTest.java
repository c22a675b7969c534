package io.reactorstack;

import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.from;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.DhcpAddresses;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import io.reactorstack.wire.DhcpType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A DHCP client on a link where most messages are malformed: each is counted once, and the client still gets its lease.
 */
@Timeout(300)
class DhcpFuzzTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String SERVER_MAC = "02:00:00:00:00:01";
  private static final int UDP = 17;

  private final VirtualLoop loop = new VirtualLoop();
  private final TestDevice device = new TestDevice(
      loop.newTurn(), DeviceCapabilities.ethernet(MacAddress.parse(MAC), 1500));
  private final List<DhcpStatus> states = new ArrayList<>();
  private int xid;

  @Test
  void malformedMessagesAreCountedAndTheClientServesOn() {
    fuzz(7, 10_000);
  }

  @Test
  @Tag("long")
  void aHundredThousandMalformedMessages() {
    fuzz(8, 100_000);
  }

  private void fuzz(long seed, int messages) {
    Random random = new Random(seed);
    NetworkStack stack = NetworkStack.create().runOn(loop).random(new Random(seed)).device("eth0", any -> device)
        .dhcp("eth0", dhcp -> dhcp.withAddressCheck(false)).startNow();
    stack.dhcp("eth0").status().subscribe(state -> {
      states.clear();
      states.add(state);
    });
    loop.settle();
    int bound = 0;
    for (int i = 0; i < messages; i++) {
      listen();
      byte[] message = message(random);
      for (int n = random.nextInt(4); n >= 0; n--) {
        message = mutated(message, random);
      }
      String to = random.nextInt(3) == 0 ? "255.255.255.255" : "10.0.0.7";
      hear(ethernet(MAC, SERVER_MAC, 0x0800, ipv4("10.0.0.1", to, UDP, udp("10.0.0.1", 67, to, 68, message))));
      if (i % 500 == 499) {
        loop.advance(Duration.ofSeconds(1 + random.nextInt(700)));
        bound += lease(stack) ? 1 : 0;
      }
    }
    assertThat(bound).as("the client got a lease each time that the link was quiet").isEqualTo(messages / 500);
    FrameBalance.assertBalanced(stack);
    assertThat(stack.drops().snapshot().keySet()).as("every defect of a message occurs").contains(
        "dhcp.OTHER_CLIENT", "dhcp.UNEXPECTED", "dhcp.DHCP_BAD_HARDWARE", "dhcp.DHCP_TOO_SHORT");
    stack.dispose();
    loop.settle();
    assertThat(loop.deadline()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
  }

  private void hear(byte[] frame) {
    device.inject(frame);
    loop.settle();
  }

  /** Reads the transaction of the client's latest message. */
  private DhcpMessage listen() {
    DhcpMessage latest = null;
    for (byte[] frame : device.takeSent()) {
      if (frame[12] == 8 && frame[13] == 0 && frame[23] == UDP) {
        latest = DhcpMessage.parse(Unpooled.wrappedBuffer(from(frame, 42)), Rejections.UNCOUNTED);
        assertThat(latest).isNotNull();
        xid = latest.xid();
      }
    }
    return latest;
  }

  /** Answers the client until it is bound; returns whether it is within an hour. */
  private boolean lease(NetworkStack stack) {
    for (int second = 0; second < 3600; second++) {
      if (states.getLast().isConfigured()) {
        return true;
      }
      DhcpMessage asked = listen();
      if (asked != null && asked.type() != DhcpType.DECLINE && asked.type() != DhcpType.RELEASE) {
        hear(reply(asked.type() == DhcpType.DISCOVER ? DhcpType.OFFER : DhcpType.ACK));
        continue;
      }
      loop.advance(Duration.ofSeconds(1));
    }
    return false;
  }

  private byte[] reply(DhcpType type) {
    return ethernet(MAC, SERVER_MAC, 0x0800, ipv4("10.0.0.1", "255.255.255.255", UDP,
        udp("10.0.0.1", 67, "255.255.255.255", 68, bytes(type, options()))));
  }

  private static DhcpOptions options() {
    return DhcpOptions.NONE.withAddress(DhcpOptions.SERVER_ID, Ipv4Address.parse("10.0.0.1"))
        .withAddress(DhcpOptions.SUBNET_MASK, Ipv4Address.parse("255.255.255.0"))
        .withAddress(DhcpOptions.ROUTERS, Ipv4Address.parse("10.0.0.1"))
        .withNumber(DhcpOptions.LEASE_TIME, 600, 4);
  }

  private byte[] bytes(DhcpType type, DhcpOptions options) {
    var message = new DhcpMessage(type, 0, xid, 0, false,
        DhcpAddresses.NONE.withYiaddr(Ipv4Address.parse("10.0.0.7")), MacAddress.parse(MAC), options);
    ByteBuf bytes = Unpooled.buffer(message.length()).setIndex(message.length(), message.length());
    message.write(bytes);
    return ByteBufUtil.getBytes(bytes);
  }

  /** Returns a message of a server with random options. */
  private byte[] message(Random random) {
    DhcpType[] types = {DhcpType.OFFER, DhcpType.ACK, DhcpType.NAK, DhcpType.DISCOVER};
    DhcpOptions options = options();
    for (int n = random.nextInt(6); n > 0; n--) {
      byte[] value = new byte[random.nextInt(40)];
      random.nextBytes(value);
      int code = 1 + random.nextInt(254);
      options = code == 52 || code == 53 ? options : options.with(code, value);
    }
    return bytes(types[random.nextInt(types.length)], options);
  }

  private static byte[] mutated(byte[] message, Random random) {
    byte[] changed = message.clone();
    switch (random.nextInt(6)) {
      case 0 -> changed = Arrays.copyOf(changed, random.nextInt(changed.length + 1));
      case 1 -> changed = Arrays.copyOf(changed, changed.length + random.nextInt(300));
      case 2 -> put(changed, random.nextInt(8), random.nextInt(256));
      // The options: codes and lengths.
      case 3, 4 -> {
        for (int n = random.nextInt(5); n >= 0; n--) {
          put(changed, 236 + random.nextInt(64), random.nextInt(256));
        }
      }
      default -> put(changed, random.nextInt(Math.max(1, changed.length)), random.nextInt(256));
    }
    return changed;
  }

  private static void put(byte[] bytes, int at, int value) {
    if (at < bytes.length) {
      bytes[at] = (byte) value;
    }
  }
}
