package io.reactorstack.kernel;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.nat.NatFiltering;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.NatTimeouts;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.routing.ReversePath;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.UnprobedStack;
import java.time.Duration;
import java.util.List;

/**
 * The router under the probes, between the interfaces of two namespaces: 10.84.1.1 inside, and 192.0.2.1 outside on a link
 * with an MTU of 1400.
 */
interface ProbedRouter extends AutoCloseable {

  /** The interface {@code net0} of both namespaces is on the router's links after this call. */
  void connect(NetworkNamespace inside, NetworkNamespace outside);

  /** The last argument of the program with the probes. */
  String patience();

  /** Lets a part of a timeout pass; for a router whose probes do not sleep themselves. */
  void idle(double part, String timeout);

  @Override
  void close();

  /** A kernel that translates by nftables. */
  final class Kernel implements ProbedRouter {

    /** The rules of a home router: masquerade, forwarded ports with hairpinning, and no new flows from outside. */
    private static final String RULES = """
        table ip nat {
          chain prerouting {
            type nat hook prerouting priority dstnat;
            ip daddr 192.0.2.1 tcp dport 8080 dnat to 10.84.1.3:80
            ip daddr 192.0.2.1 tcp dport 8081 dnat to 10.84.1.3:81
            ip daddr 192.0.2.1 udp dport 8053 dnat to 10.84.1.3:53
            ip daddr 192.0.2.1 udp dport 8054 dnat to 10.84.1.3:54
            ip daddr 192.0.2.1 udp dport 8055 dnat to 10.84.1.4:55
            ip daddr 192.0.2.1 udp dport 8056 dnat to 10.84.1.77:56
          }
          chain postrouting {
            type nat hook postrouting priority srcnat;
            oifname "outside" masquerade
            ip saddr 10.84.1.0/24 oifname "inside" ct status dnat snat to 192.0.2.1
          }
        }
        table ip filter {
          chain input {
            type filter hook input priority filter;
            iifname "outside" ct state established,related accept
            iifname "outside" icmp type echo-request accept
            iifname "outside" drop
          }
          chain forward {
            type filter hook forward priority filter;
            ct state invalid drop
            ct status dnat accept
            iifname "outside" ct state new drop
          }
        }
        """;

    /** The timeouts that pass while probes sleep, in seconds. */
    private static final String TIMEOUTS = """
        for timeout in udp_timeout udp_timeout_stream icmp_timeout tcp_timeout_syn_sent tcp_timeout_syn_recv \\
            tcp_timeout_fin_wait tcp_timeout_close_wait tcp_timeout_last_ack tcp_timeout_time_wait tcp_timeout_close
        do echo net.netfilter.nf_conntrack_$timeout=2
        done | xargs sysctl -qw
        sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratemask=0 net.ipv4.conf.all.rp_filter=1 \\
            net.ipv4.neigh.inside.retrans_time_ms=100 net.ipv4.neigh.outside.retrans_time_ms=100
        """;

    private final NetworkNamespace namespace = NetworkNamespace.create();

    @Override
    public void connect(NetworkNamespace inside, NetworkNamespace outside) {
      String first = NetworkNamespace.uniqueInterfaceName();
      String second = NetworkNamespace.uniqueInterfaceName();
      inside.connect("net0", first);
      outside.connect("net0", second);
      namespace.adopt(first, "inside", "10.84.1.1/24");
      namespace.adopt(second, "outside", "192.0.2.1/24");
      namespace.run("sh", "-ec", TIMEOUTS + "ip link set outside mtu 1400\nip route add default via 192.0.2.10\n"
          + "nft -f - <<'END'\n" + RULES + "END\n").orThrow();
    }

    @Override
    public String patience() {
      return "sleep";
    }

    @Override
    public void idle(double part, String timeout) {
      throw new AssertionError("the kernel's probes sleep");
    }

    @Override
    public void close() {
      namespace.close();
    }
  }

  /** A stack whose settings are those of the kernel's rules, as far as the RFCs permit. */
  final class Stack implements ProbedRouter {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final NatTimeouts TIMEOUTS = NatTimeouts.DEFAULT.withUdp(Duration.ofMinutes(2));
    private static final NatSettings SETTINGS = NatSettings.DEFAULT
        .withFiltering(NatFiltering.ADDRESS_AND_PORT_DEPENDENT)
        .withRefreshFromOutside(true)
        .withUnsolicitedSynAnswered(false)
        .withTimeouts(TIMEOUTS)
        .withForwardings(List.of(
            forwarding(NatProtocol.TCP, 8080, "10.84.1.3", 80),
            forwarding(NatProtocol.TCP, 8081, "10.84.1.3", 81),
            forwarding(NatProtocol.UDP, 8053, "10.84.1.3", 53),
            forwarding(NatProtocol.UDP, 8054, "10.84.1.3", 54),
            forwarding(NatProtocol.UDP, 8055, "10.84.1.4", 55),
            forwarding(NatProtocol.UDP, 8056, "10.84.1.77", 56)));

    private final LeapingLoop loop = new LeapingLoop();
    private final String insideTap = NetworkNamespace.uniqueInterfaceName();
    private final String outsideTap = NetworkNamespace.uniqueInterfaceName();
    private final NetworkStack router = UnprobedStack.create()
        .runOn(loop.loop())
        .icmp(settings -> settings.withErrorRateToOne(1000, 1000))
        .forwarding(settings -> settings.withReversePath(ReversePath.STRICT))
        .device("outside", TapDevice.named(outsideTap), "192.0.2.1/24")
        .device("inside", TapDevice.named(insideTap), "10.84.1.1/24")
        .mtu("outside", 1400)
        .gateway("192.0.2.10")
        .nat("outside", nat -> SETTINGS)
        .startNow();

    private static NatForwarding forwarding(NatProtocol protocol, int port, String host, int inside) {
      return NatForwarding.of(protocol, port, new Endpoint(IpAddress.parse(host), inside));
    }

    @Override
    public void connect(NetworkNamespace inside, NetworkNamespace outside) {
      inside.adopt(insideTap, "net0");
      outside.adopt(outsideTap, "net0");
    }

    @Override
    public String patience() {
      return "ask";
    }

    @Override
    public void idle(double part, String timeout) {
      Duration whole = switch (timeout) {
        case "udp" -> TIMEOUTS.udp();
        case "icmp" -> TIMEOUTS.icmp();
        case "opening" -> TIMEOUTS.tcpOpening();
        case "closing" -> TIMEOUTS.tcpClosing();
        // A tenth of it is more than the time between two requests.
        case "neighbor" -> Duration.ofSeconds(11);
        default -> throw new IllegalArgumentException(timeout);
      };
      loop.leap(Duration.ofMillis(Math.round(whole.toMillis() * part)));
    }

    @Override
    public void close() {
      router.stop().block(LIMIT);
      loop.close();
      FrameBalance.assertBalanced(router);
      if (router.drops().snapshot().containsKey("stage.STAGE_FAULT")) {
        throw new AssertionError("a fault in a stage: " + router.drops().snapshot());
      }
    }
  }
}
