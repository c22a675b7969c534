package io.reactorstack.http.fetch;

import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.linux.PacketSocketDevice;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.device.stream.StreamSocketDevice;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import java.nio.file.Path;
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
    if (areGiven() && address == null) {
      return Optional.of("a real network needs --address");
    }
    if (!areGiven() && (address != null || gateway != null || !dns.isEmpty())) {
      return Optional.of("--address, --gateway and --dns need --tap, --packet or --passt");
    }
    return Optional.empty();
  }

  RealNetwork open(UnaryOperator<NetworkDevice.Factory> watching) {
    return new RealNetwork(device(), Objects.requireNonNull(address), gateway, dns, watching);
  }

  private NetworkDevice.Factory device() {
    if (passt != null) {
      return StreamSocketDevice.at(passt);
    }
    return tap != null ? TapDevice.named(tap) : PacketSocketDevice.on(Objects.requireNonNull(packet));
  }
}
