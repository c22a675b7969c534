package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.linux.TapDevice;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A station of scapy in a VLAN of a TAP: tagged frames in both directions, which tshark reads too. */
@RequiresNetAdmin
@Timeout(120)
class VlanWithScapyTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Asks the host by ARP and ping in VLAN 10, and then answers its requests in every VLAN. */
  private static final String STATION = """
      from scapy.all import *
      conf.verb, conf.iface = 0, "tap0"
      me, own, host = "02:00:00:00:00:0c", "10.10.0.2", "10.10.0.1"
      def tagged(to, payload, prio=0, vlan=10):
          return Ether(src=me, dst=to) / Dot1Q(vlan=vlan, prio=prio) / payload
      a = srp1(tagged("ff:ff:ff:ff:ff:ff", ARP(hwsrc=me, psrc=own, pdst=host)), timeout=3, retry=5)
      print("arp", a[Dot1Q].vlan, a[ARP].psrc, a[ARP].hwsrc, flush=True)
      e = srp1(tagged(a.src, IP(src=own, dst=host) / ICMP(id=7, seq=1) / b"abcdefgh", prio=5), timeout=3, retry=5)
      print("echo", e[Dot1Q].vlan, e[ICMP].type, e[ICMP].id, e[Raw].load[:8].decode(), flush=True)
      def answer(p):
          if Dot1Q not in p or p.src == me:
              return
          vlan = p[Dot1Q].vlan
          if ARP in p and p[ARP].op == 1 and p[ARP].pdst == own:
              sendp(tagged(p.src, ARP(op=2, hwsrc=me, psrc=own, hwdst=p.src, pdst=p[ARP].psrc), vlan=vlan))
          elif ICMP in p and p[ICMP].type == 8:
              sendp(tagged(p.src, IP(src=p[IP].dst, dst=p[IP].src) / ICMP(type=0, id=p[ICMP].id, seq=p[ICMP].seq)
                  / p[ICMP].payload, vlan=vlan))
      print("listens", flush=True)
      sniff(prn=answer, store=0)
      """;

  @Test
  void tagsAreRightInBothDirections(@TempDir Path folder) {
    ExternalCommand.require("scapy", "tshark");
    Path file = folder.resolve("scapy.pcapng");
    String outside = NetworkNamespace.uniqueInterfaceName();
    NetworkNamespace namespace = NetworkNamespace.create();
    namespace.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1").orThrow();
    try (Capture capture = Capture.toFile(file)) {
      NetworkStack stack = UnprobedStack.create()
          .device("tap0", capture.around(TapDevice.named(outside).macAddress(MacAddress.parse("02:00:00:00:77:0a")),
              "tap0"), "10.0.0.1/24")
          .vlan("tap0", 10, "10.10.0.1/24").startNow();
      try {
        namespace.adopt(outside, "tap0");
        NetworkNamespace.Server station = namespace.start("/usr/bin/python3", "-c", STATION);
        namespace.await("the station", () -> station.output().contains("listens"));
        assertThat(station.output().lines()).containsSubsequence(
            "arp 10 10.10.0.1 02:00:00:00:77:0a", "echo 10 0 7 abcdefgh");
        assertThat(stack.icmp().ping(IpAddress.parse("10.10.0.2")).retry(5).block(LIMIT)).isNotNull();
      } finally {
        stack.stop().block(LIMIT);
        FrameBalance.assertBalanced(stack);
        namespace.close();
      }
    }
    List<String> lines = ExternalCommand.run(LIMIT, List.of("tshark", "-n", "-r", file.toString(), "-Y",
        "icmp || arp.dst.proto_ipv4 == 10.10.0.1 || arp.src.proto_ipv4 == 10.10.0.1", "-T", "fields", "-E",
        "separator=,", "-e", "eth.src", "-e", "vlan.id", "-e", "vlan.priority", "-e", "icmp.type")).orThrow().lines()
        .map(String::strip).filter(line -> line.startsWith("02:")).toList();
    assertThat(lines).contains("02:00:00:00:00:0c,10,5,8", "02:00:00:00:77:0a,10,0,0", "02:00:00:00:77:0a,10,0,8",
        "02:00:00:00:00:0c,10,0,0");
    assertThat(ExternalCommand.run(LIMIT, List.of("tshark", "-n", "-o", "ip.check_checksum:TRUE", "-r",
        file.toString(), "-Y", "eth.src == 02:00:00:00:77:0a && (_ws.malformed || ip.checksum.status == 0)"))
        .orThrow().lines().filter(line -> line.contains("02:00"))).isEmpty();
  }
}
