package io.reactorstack.http.fetch;

import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.linux.PacketSocketDevice;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.device.stream.StreamSocketDevice;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the real network. */
final class NetworkOptions {

  @Option(names = "--tap", paramLabel = "NAME", description = "Be a host on this TAP interface.")
  private @Nullable String tap;

  @Option(names = "--packet", paramLabel = "IFACE", description = "Be a separate host on this Ethernet interface.")
  private @Nullable String packet;

  @Option(names = "--passt", paramLabel = "PATH", description = "Be the guest behind this socket of a running passt, which needs no privilege.")
  private @Nullable Path passt;

  @Option(names = "--address", paramLabel = "A/LEN", description = "The address of this host, such as 192.0.2.7/24.")
  private @Nullable IpPrefix address;

  @Option(names = "--dhcp", description = "Get address, gateway and DNS servers by DHCP.")
  private boolean dhcp;

  @Option(names = "--autoconfigure", description = "Configure this host by itself: by DHCP, or with a link-local address if no server answers.")
  private boolean autoconfigure;

  @Option(names = "--no-probe", description = "Use the address at once, without probing for four to seven seconds whether another station has it.")
  private boolean unprobed;

  @Option(names = "--gateway", paramLabel = "A", description = "The default gateway.")
  private @Nullable IpAddress gateway;

  @Option(names = "--dns", paramLabel = "A", description = "A DNS server; may be given several times.")
  private List<IpAddress> dns = new ArrayList<>();

  boolean areGiven() {
    return devices() > 0;
  }

  private long devices() {
    return Stream.of(tap, packet, passt).filter(Objects::nonNull).count();
  }

  /** Returns an error message if the options contradict each other. */
  Optional<String> contradiction() {
    if (devices() > 1) {
      return Optional.of("--tap, --packet and --passt exclude each other");
    }
    long ways = Stream.of(address != null, dhcp, autoconfigure).filter(given -> given).count();
    if (areGiven() && ways == 0) {
      return Optional.of("a real network needs --address, --dhcp or --autoconfigure");
    }
    if (ways > 1) {
      return Optional.of("--address, --dhcp and --autoconfigure exclude each other");
    }
    if (gateway != null && address == null && areGiven()) {
      return Optional.of("--gateway needs --address");
    }
    if (!areGiven() && (ways > 0 || gateway != null || !dns.isEmpty() || unprobed)) {
      return Optional.of("--address, --dhcp, --autoconfigure, --no-probe, --gateway and --dns need --tap, --packet or "
          + "--passt");
    }
    return Optional.empty();
  }

  /** Opens the device, and waits at most {@code limit} for the address. */
  RealNetwork open(UnaryOperator<NetworkDevice.Factory> watching, Duration limit) {
    return new RealNetwork(configured(watching.apply(device())), address == null ? name() : null, dns, limit);
  }

  /** The name of the interface. */
  private String name() {
    return tap != null ? tap : packet != null ? packet : "passt";
  }

  private StackConfiguration configured(NetworkDevice.Factory device) {
    String name = name();
    // Behind passt there is no other station.
    boolean probes = !unprobed && passt == null;
    StackConfiguration stack = NetworkStack.create().name("fetch")
        .ipv4(settings -> settings.withAddressProbes(probes));
    if (address != null) {
      StackConfiguration addressed = stack.device(name, device, address.toString());
      return gateway == null ? addressed : addressed.gateway(gateway.toString());
    }
    StackConfiguration automatic = stack.device(name, device)
        .dhcp(name, settings -> settings.withAddressCheck(probes));
    return autoconfigure ? automatic.autoconfigure(name) : automatic;
  }

  private NetworkDevice.Factory device() {
    if (passt != null) {
      return StreamSocketDevice.at(passt);
    }
    return tap != null ? TapDevice.named(tap) : PacketSocketDevice.on(Objects.requireNonNull(packet));
  }
}
