package io.reactorstack.multicast;

import static io.reactorstack.multicast.GroupMessages.ALERT;
import static io.reactorstack.multicast.GroupMessages.checked;
import static io.reactorstack.multicast.GroupMessages.igmp;
import static io.reactorstack.multicast.GroupMessages.igmpPacket;
import static io.reactorstack.multicast.GroupMessages.igmpQuery;
import static io.reactorstack.multicast.GroupMessages.igmpReport;
import static io.reactorstack.multicast.GroupMessages.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.layer.StageDrop;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.IgmpMessage;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A host that joins and leaves groups while it receives damaged queries and reports. */
class GroupFuzzTest {

  private static final String OWN = "10.0.0.1";
  private static final String ROUTER = "10.0.0.254";

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24");

  private static final List<byte[]> MESSAGES = List.of(
      igmp(0x11, 0, "0.0.0.0"), igmp(0x11, 30, "0.0.0.0"), igmp(0x11, 30, "239.1.2.1"),
      igmpQuery(30, "0.0.0.0", 2, 125), igmpQuery(30, "239.1.2.1", 2, 125),
      igmpQuery(30, "239.1.2.1", 2, 125, "10.0.0.3", "10.0.0.4"), igmp(0x16, 0, "239.1.2.1"),
      igmp(0x12, 0, "239.1.2.1"), igmp(0x17, 0, "239.1.2.1"),
      igmpReport(record(4, "239.1.2.1", "10.0.0.3")));

  private byte[] message() {
    byte[] message = MESSAGES.get(random.nextInt(MESSAGES.size())).clone();
    for (int changes = random.nextInt(3); changes > 0; changes--) {
      message[random.nextInt(message.length)] = (byte) random.nextInt();
    }
    if (random.nextInt(5) == 0) {
      message = Arrays.copyOf(message, random.nextInt(message.length + 9));
    }
    return message.length >= 4 && random.nextInt(10) != 0 ? checked(message) : message;
  }

  private void receive() {
    String to = List.of("224.0.0.1", OWN, "239.1.2.1", "239.1.2.2").get(random.nextInt(4));
    String from = random.nextInt(5) == 0 ? "0.0.0.0" : ROUTER;
    byte[] packet = random.nextInt(5) == 0
        ? igmpPacket(from, to, message())
        : igmpPacket(from, to, message(), ALERT);
    host.device.inject(packet);
  }

  private void change(SocketGroups socket) throws SocketException {
    IpAddress group = IpAddress.parse("239.1.2." + (1 + random.nextInt(3)));
    IpAddress source = IpAddress.parse("10.0.0." + (2 + random.nextInt(4)));
    try {
      switch (random.nextInt(5)) {
        case 0 -> socket.join(host.eth0, group, null);
        case 1 -> socket.join(host.eth0, group, source);
        case 2 -> socket.block(host.eth0, group, source);
        case 3 -> socket.leave(host.eth0, group, source);
        default -> socket.leave(host.eth0, group, null);
      }
    } catch (IllegalStateException e) {
      // The two filter modes do not mix.
    }
  }

  @Test
  void damagedMessagesCauseNoFaultAndReportsAreValid() throws SocketException {
    List<SocketGroups> sockets = List.of(host.groups.newSocket(), host.groups.newSocket(), host.groups.newSocket());
    long said = 0;
    for (int i = 0; i < 20_000; i++) {
      receive();
      if (random.nextInt(10) == 0) {
        change(sockets.get(random.nextInt(sockets.size())));
      }
      loop.advance(Duration.ofMillis(random.nextInt(300)));
      for (byte[] sent : host.device.takeSent()) {
        if (sent[9] == 2) {
          said++;
          assertThat(Packets.checksum(sent, 0, 24, 0)).as("seed %d", seed).isZero();
          byte[] message = Packets.from(sent, 24);
          IgmpMessage parsed = IgmpMessage.parse(Unpooled.wrappedBuffer(message), reason -> {
            throw new AssertionError("seed " + seed + ": " + reason);
          });
          assertThat(parsed).isNotNull();
          assertThat(parsed.body()).isInstanceOf(GroupMessage.Statement.class);
        }
      }
    }
    assertThat(said).as("seed %d", seed).isGreaterThan(100);
    assertThat(host.drops.get(StageDrop.STAGE_FAULT)).as("seed %d", seed).isZero();
    sockets.forEach(SocketGroups::close);
    loop.advance(Duration.ofMinutes(10));
    assertThat(host.turn.nextDeadline()).as("seed %d: no timer is left", seed)
        .isEqualTo(io.reactorstack.layer.Timers.NEVER);
    host.close();
    loop.settle();
  }
}
