package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.EthernetHeader;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A learning Ethernet switch (IEEE 802.1Q transparent bridging without VLANs or spanning tree): remembers the port at
 * which each address was seen, and floods frames to groups and to unknown addresses.
 */
public final class Switch implements Junction {

  /**
   * Maximum number of addresses that are remembered; after that, a new one replaces the one not seen for the longest
   * time.
   */
  public static final int TABLE_SIZE = 1024;

  /** The time for which an address is remembered after it was last seen. */
  public static final Duration AGEING_TIME = Duration.ofSeconds(300);

  private record Sighting(Ports.Port port, long nanos) {}

  private final Lab lab;
  private final String name;
  private final Ports ports;
  /** The least recently seen address is first. */
  private final Map<MacAddress, Sighting> table = new LinkedHashMap<>();

  Switch(Lab lab, String name) {
    this.lab = lab;
    this.name = name;
    this.ports = new Ports(lab, this::forward);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void attach(NetworkDevice.Factory device) {
    lab.run(() -> ports.attach(device));
  }

  /** The addresses that are currently remembered. */
  public Set<MacAddress> learned() {
    return lab.call(() -> table.entrySet().stream()
        .filter(entry -> isFresh(entry.getValue()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet()));
  }

  /** Counters of dropped frames, by reason. */
  public Drops drops() {
    return ports.drops();
  }

  Ports ports() {
    return ports;
  }

  private void forward(Ports.Port from, Frame frame) {
    EthernetHeader header = EthernetHeader.parse(frame.payload(), Rejections.UNCOUNTED);
    if (header == null || header.source().isGroup()) {
      ports.drop(frame, Ports.PortDrop.MALFORMED);
      return;
    }
    learn(header.source(), from);
    MacAddress destination = header.destination();
    Ports.Port to = destination.isGroup() ? null : lookUp(destination);
    if (to == null) {
      ports.flood(from, frame);
    } else if (to == from) {
      ports.drop(frame, Ports.PortDrop.NOWHERE_TO_GO);
    } else {
      to.send(frame);
    }
  }

  private void learn(MacAddress source, Ports.Port port) {
    table.remove(source);
    table.put(source, new Sighting(port, now()));
    if (table.size() > TABLE_SIZE) {
      table.remove(table.keySet().iterator().next());
    }
  }

  private Ports.@Nullable Port lookUp(MacAddress destination) {
    Sighting last = table.get(destination);
    if (last == null) {
      return null;
    }
    if (!isFresh(last) || !ports.has(last.port)) {
      table.remove(destination);
      return null;
    }
    return last.port;
  }

  private boolean isFresh(Sighting sighting) {
    return now() - sighting.nanos < AGEING_TIME.toNanos();
  }

  private long now() {
    return lab.neutralLoop().ticker().nanoTime();
  }
}
