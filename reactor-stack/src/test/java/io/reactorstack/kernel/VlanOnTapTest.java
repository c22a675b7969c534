package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.ethernet.EthernetDrop;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * VLANs on a TAP: the kernel is the untagged peer, and a script with a packet socket is a station in two VLANs, since a
 * kernel may lack IEEE 802.1Q. tshark reads what the host has sent.
 */
@RequiresNetAdmin
@Timeout(120)
class VlanOnTapTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  /**
   * A station that answers ARP requests and pings for 10.10.0.2 in VLAN 10, pings 10.20.0.1 in VLAN 20 with priority 5
   * until it is answered there, and sends one frame to VLAN 30. The kernel removes tags from received frames and
   * reports them beside the bytes.
   */
  private static final String STATION = """
      import socket, struct
      s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
      s.bind(("tap0", 0))
      s.setsockopt(263, 8, 1)
      s.settimeout(0.2)
      me, host = bytes.fromhex("02000000000b"), bytes.fromhex("02000000770a")
      def total(data):
          n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
          while n >> 16: n = (n & 0xffff) + (n >> 16)
          return n ^ 0xffff
      def send(to, tag, kind, payload):
          s.send(to + me + struct.pack("!HHH", 0x8100, tag, kind) + payload)
      def icmp(source, target, kind):
          message = struct.pack("!BBHHH", kind, 0, 0, 7, 1) + b"abcdefgh"
          message = message[:2] + struct.pack("!H", total(message)) + message[4:]
          ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(message), 0, 0x4000, 64, 1, 0, source, target)
          return ip[:10] + struct.pack("!H", total(ip)) + ip[12:] + message
      def arp(operation, mine, other):
          return struct.pack("!HHBBH6s4s6s4s", 1, 0x800, 6, 4, operation, me, mine, host, other)
      twenty, asked, answered = bytes([10, 20, 0, 2]), bytes([10, 20, 0, 1]), set()
      send(b"\\xff" * 6, 30, 0x806, arp(1, twenty, asked))
      send(b"\\xff" * 6, 0xa014, 0x806, arp(1, twenty, asked))
      while True:
          if 20 not in answered:
              send(host, 0xa014, 0x800, icmp(twenty, asked, 8))
          try:
              data, extra, _, _ = s.recvmsg(2048, 256)
          except socket.timeout:
              continue
          if data[6:12] != host or not extra: continue
          status, _, _, _, _, tag, _ = struct.unpack("IIIHHHH", extra[0][2][:20])
          kind = struct.unpack("!H", data[12:14])[0]
          if not status & 16: continue
          if tag == 10 and kind == 0x806 and data[20:22] == b"\\0\\1" and data[38:42] == bytes([10, 10, 0, 2]):
              send(host, 10, 0x806, arp(2, data[38:42], data[28:32]))
          elif tag == 10 and kind == 0x800 and data[34] == 8:
              ip = data[14:26] + data[30:34] + data[26:30]
              reply = b"\\0\\0\\0\\0" + data[38:struct.unpack("!H", data[16:18])[0] + 14]
              reply = reply[:2] + struct.pack("!H", total(reply + b"\\0" * (len(reply) % 2))) + reply[4:]
              send(host, 10, 0x800, ip + reply)
          elif tag == 20 and kind == 0x800 and data[34] == 0 and 20 not in answered:
              answered.add(20)
              print("answered in VLAN 20", flush=True)
      """;

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private NetworkStack stack;

  @AfterEach
  void stop() {
    if (stack != null) {
      stack.stop().block(LIMIT);
      FrameBalance.assertBalanced(stack);
    }
    namespace.close();
  }

  @Test
  void hostIsInTwoVlansAndTheUntaggedNetworkOfATap(@TempDir Path folder) {
    ExternalCommand.require("tshark", "python3");
    namespace.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1").orThrow();
    String outside = NetworkNamespace.uniqueInterfaceName();
    Path file = folder.resolve("vlan.pcapng");
    try (Capture capture = Capture.toFile(file)) {
      stack = UnprobedStack.create()
          .device("tap0", capture.around(
              TapDevice.named(outside).macAddress(MacAddress.parse("02:00:00:00:77:0a")), "tap0"), "10.0.0.1/24")
          .vlan("tap0", 10, "10.10.0.1/24")
          .vlan("tap0", 20, "10.20.0.1/24")
          .startNow();
      namespace.adopt(outside, "tap0", "10.0.0.2/24");
      NetworkNamespace.Server station = namespace.start("python3", "-c", STATION);

      namespace.await("an echo reply in VLAN 20", () -> station.output().contains("answered in VLAN 20"));
      PingReply tagged = stack.icmp().ping(IpAddress.parse("10.10.0.2")).retry(5).block(LIMIT);
      assertThat(tagged).isNotNull();
      assertThat(stack.icmp().ping(IpAddress.parse("10.0.0.2")).block(LIMIT)).isNotNull();
      assertThat(namespace.run("ping", "-c", "2", "-i", "0.1", "-W", "2", "10.0.0.1").orThrow())
          .contains("2 received");
      namespace.await("a drop of VLAN 30", () -> stack.drops().get(EthernetDrop.OTHER_VLAN) > 0);
      stack.stop().block(LIMIT);
    }
    List<String> sent = ExternalCommand
        .run(LIMIT, List.of("tshark", "-n", "-r", file.toString(), "-Y", "eth.src == 02:00:00:00:77:0a", "-T", "fields",
            "-E", "separator=,", "-e", "vlan.id", "-e", "vlan.priority", "-e", "ip.src", "-e", "icmp.type", "-e",
            "arp.opcode"))
        .orThrow().lines().map(String::strip).toList();
    assertThat(sent).contains("10,0,,,1", "10,0,10.10.0.1,8,", "20,0,,,2", "20,0,10.20.0.1,0,", ",,10.0.0.1,8,",
        ",,10.0.0.1,0,");
    assertThat(sent).noneMatch(line -> line.startsWith("30") || line.startsWith("10,0,10.0.")
        || line.startsWith("20,0,10.10."));
  }
}
