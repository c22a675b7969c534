package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** RARP on a TAP: Debian's rarpd as the server, and a client of scapy (RFC 903). */
@RequiresNetAdmin
@Timeout(120)
class RarpOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:83:07");

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final String name = NetworkNamespace.uniqueInterfaceName();
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
  void rarpdTellsTheHostItsAddress() throws IOException {
    ExternalCommand.require("rarpd", "unshare");
    stack = UnprobedStack.create().device("tap0", TapDevice.named(name).macAddress(MAC)).startNow();
    namespace.adopt(name, "tap0", "10.83.0.1/24");
    assertThatThrownBy(() -> stack.requestAddressByRarp("tap0", Duration.ofSeconds(1)).block(LIMIT))
        .hasRootCauseInstanceOf(TimeoutException.class);
    Path etc = Files.createDirectory(namespace.folder().resolve("etc"));
    Files.writeString(etc.resolve("ethers"), MAC + " station\n");
    Files.writeString(etc.resolve("hosts"), "127.0.0.1 localhost\n10.83.0.7 station\n");
    Files.writeString(etc.resolve("nsswitch.conf"), "hosts: files\nethers: files\n");
    // The server reads its table in /etc, which is replaced for it alone.
    namespace.start("unshare", "-m", "sh", "-c", "mount --bind " + etc + " /etc && exec rarpd -e -d -v tap0");
    Ipv4Address own = stack.requestAddressByRarp("tap0", LIMIT).block(LIMIT);
    assertThat(own).hasToString("10.83.0.7");
    stack.addAddress("tap0", new IpPrefix(own, 24)).block(LIMIT);
    assertThat(stack.icmp().ping(IpAddress.parse("10.83.0.1")).block(LIMIT)).isNotNull();
  }

  @Test
  void aClientOfScapyGetsItsAddressFromTheHost() {
    ExternalCommand.require("scapy");
    stack = UnprobedStack.create().device("tap0", TapDevice.named(name), "10.83.0.2/24").startNow();
    namespace.adopt(name, "tap0");
    stack.serveRarp("tap0", Map.of(MacAddress.parse("02:00:00:00:83:09"), Ipv4Address.parse("10.83.0.9"))).subscribe();
    ExternalCommand.Result client = namespace.run("/usr/bin/python3", "-c", """
        from scapy.all import *
        conf.verb, conf.iface = 0, "tap0"
        me = "02:00:00:00:83:09"
        request = Ether(src=me, dst="ff:ff:ff:ff:ff:ff", type=0x8035) / ARP(op=3, hwsrc=me, hwdst=me,
            psrc="0.0.0.0", pdst="0.0.0.0")
        sniffer = AsyncSniffer(filter=None, lfilter=lambda p: p.type == 0x8035 and p.src != me, count=1, timeout=10)
        sniffer.start()
        time.sleep(0.5)
        sendp(request)
        sniffer.join()
        reply = ARP(bytes(sniffer.results[0].payload)[:28])
        print(sniffer.results[0].dst, reply.op, reply.hwdst, reply.pdst, reply.psrc)
        """);
    assertThat(client.output().strip().lines().toList().getLast())
        .isEqualTo("02:00:00:00:83:09 4 02:00:00:00:83:09 10.83.0.9 10.83.0.2");
  }
}
