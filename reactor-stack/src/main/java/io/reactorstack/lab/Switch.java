package io.reactorstack.lab;

import io.reactorstack.device.Capture;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Meters;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.setting.Checks;
import io.reactorstack.wire.EthernetHeader;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A learning Ethernet switch (IEEE 802.1Q transparent bridging with VLANs, without a spanning tree): remembers the port
 * at which each address of each VLAN was seen, and floods frames to groups and to unknown addresses within their VLAN.
 *
 * <p>What is connected with the switch itself gets a port of all VLANs ({@link SwitchSettings#portMode}). The methods
 * {@link #access}, {@link #trunk} and {@link #newPort} choose the VLANs:
 *
 * <pre>{@code
 * Host sales = lab.host("sales").on(lan.access(10), "10.0.10.1/24").start();
 * lan.trunk(10, 20).attach(lab.newWire("uplink").left());
 * }</pre>
 *
 * <p>All methods may be called from the test's thread and from the lab's.
 */
public final class Switch implements Junction, Tabled {

  private static final int MTU = 1500;

  private final Lab lab;
  private final String name;
  private final SwitchSettings settings;
  private final Ports ports;
  private final Mirrors mirrors;
  private final SwitchCounters counters;
  private final MacTable table;

  Switch(Lab lab, String name, SwitchSettings settings) {
    this.lab = lab;
    this.name = name;
    this.settings = settings;
    this.ports = new Ports(lab, new Relay());
    this.mirrors = new Mirrors(lab, ports);
    this.counters = new SwitchCounters(ports.meters());
    this.table = new MacTable(settings, counters);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void attach(NetworkDevice.Factory device) {
    attach(device, settings.portMode());
  }

  void attach(NetworkDevice.Factory device, PortMode mode) {
    lab.run(() -> ports.attach(device, mode));
  }

  // ---- VLANs

  /**
   * Returns this switch as a place for access ports: hosts and wires that are connected there belong to {@code vlan}, and
   * their frames have no tags.
   *
   * @throws IllegalArgumentException if {@code vlan} is not from 1 to 4094
   */
  public Junction access(int vlan) {
    return newPort(PortMode.access(vlan));
  }

  /**
   * Returns this switch as a place for trunk ports: hosts and wires that are connected there carry {@code vlans} with
   * tags, and nothing else.
   *
   * @throws IllegalArgumentException if one of them is not from 1 to 4094
   */
  public Junction trunk(int... vlans) {
    return newPort(PortMode.trunk(vlans));
  }

  /** Returns this switch as a place for ports of {@code mode}. */
  public Junction newPort(PortMode mode) {
    return new NewPorts(this, Checks.given("mode of newPort", mode));
  }

  // ---- ports

  /**
   * Returns the port of this name, which is that of its wire: {@code a-lan} for the host {@code a} on the switch {@code
   * lan}.
   *
   * @throws IllegalArgumentException if there is none; the message lists the ports
   */
  public SwitchPort port(String named) {
    Checks.text("port", named);
    return lab.call(() -> {
      if (ports.named(named) == null) {
        throw new IllegalArgumentException("the switch " + name + " has no port " + named + "; its ports: "
            + ports.all().stream().map(Ports.Port::name).collect(Collectors.joining(", ")));
      }
      return new SwitchPort(this, named);
    });
  }

  /** The ports, in the order in which devices were plugged in. */
  public List<SwitchPort> ports() {
    return lab.call(() -> ports.all().stream().map(port -> new SwitchPort(this, port.name())).toList());
  }

  String peer(String port) {
    return lab.call(() -> lab.inventory().peer(plugged(port)));
  }

  PortMode mode(String port) {
    return lab.call(() -> plugged(port).mode());
  }

  void mode(String port, PortMode mode) {
    Checks.given("mode of the port", mode);
    lab.run(() -> change(plugged(port), mode));
  }

  /** Changes the VLANs of a port. On the loop. */
  void change(Ports.@Nullable Port port, PortMode mode) {
    if (port != null && !port.mode().equals(mode)) {
      port.mode(mode);
      table.forget(port);
    }
  }

  private Ports.Port plugged(String port) {
    Ports.Port found = ports.named(port);
    if (found == null) {
      throw new IllegalStateException("the device at port " + port + " of the switch " + name + " was unplugged");
    }
    return found;
  }

  // ---- mirrors

  /**
   * Sends a copy of each frame that arrives at any port out of {@code target}, until the scope is closed: each frame
   * once, with the tag that it has on its way in. Meanwhile {@code target} sends nothing else, and drops the frames that
   * it receives.
   *
   * @throws IllegalArgumentException if {@code target} is a port of another switch
   */
  public Scope mirrorTo(SwitchPort target) {
    return mirror(null, target);
  }

  /**
   * Records each frame that arrives at any port in {@code capture}, as an interface of the switch's name, until the
   * scope is closed.
   *
   * @throws IllegalStateException if the capture is closed
   */
  public Scope mirrorTo(Capture capture) {
    Checks.given("capture", capture);
    MacAddress own = new MacAddress(0x0600_0000_0000L | Seeds.hash(name) & 0xff_ffff_ffffL);
    return lab.call(() -> mirror(null, capture, name, DeviceCapabilities.ethernet(own, MTU)));
  }

  Scope mirror(@Nullable String source, SwitchPort target) {
    if (!Checks.given("target", target).of().equals(this)) {
      throw new IllegalArgumentException("target " + target + " is not a port of the switch " + name);
    }
    if (target.name().equals(source)) {
      throw new IllegalArgumentException("target " + target + " cannot be the port that is mirrored");
    }
    return lab.call(() -> {
      table.forget(plugged(target.name()));
      return mirrors.add(new Mirrors.Mirror(source, target.name(), null));
    });
  }

  Scope mirror(String source, Capture capture) {
    Checks.given("capture", capture);
    return lab.call(() -> mirror(source, capture, source, plugged(source).capabilities()));
  }

  private Scope mirror(@Nullable String source, Capture capture, String shown, DeviceCapabilities capabilities) {
    FrameObserver observer = capture.observer(shown, capabilities, lab.neutralLoop().ticker(), lab.clock());
    return mirrors.add(new Mirrors.Mirror(source, null, observer));
  }

  // ---- power

  /**
   * Cuts the switch's power: forgets its table, drops the frames in its queues, and those that arrive until {@link
   * #restart}. The devices at the other ends of its wires keep their carrier, as after {@link Host#crash};
   * {@link Wire#unplug} takes it away. The settings, the modes of the ports and the mirrors remain.
   */
  public void crash() {
    lab.run(this::losePower);
  }

  private void losePower() {
    ports.crash();
    table.clear();
  }

  /** Starts the switch again, with an empty table. A switch that is still running crashes first. */
  public void restart() {
    lab.run(() -> {
      losePower();
      ports.restart();
    });
  }

  static String state(Ports ports) {
    return ports.isRunning() ? "running" : "crashed";
  }

  // ---- state

  /** The addresses that are currently remembered, in any VLAN. */
  public Set<MacAddress> learned() {
    return lab.call(() -> table.entries(now()).stream().map(MacTable.Entry::address)
        .collect(Collectors.toUnmodifiableSet()));
  }

  /** The addresses that are currently remembered, with their ports, by VLAN and address. */
  public List<MacEntry> table() {
    return lab.call(() -> {
      long now = now();
      return table.entries(now).stream()
          .map(each -> new MacEntry(each.vlan(), each.address(), each.port().name(),
              lab.inventory().peer(each.port()), Duration.ofNanos(now - each.seen())))
          .sorted(MacEntry.ORDER).toList();
    });
  }

  /** The switch's table and ports. */
  @Override
  public NodeTables tables() {
    return lab.call(() -> new NodeTables("switch", name, state(ports), List.of(
        MacEntry.table(table()),
        PortEntry.table(ports.all().stream()
            .map(port -> PortEntry.of(lab.inventory(), port, mirrors.isTarget(port), port.mode())).toList()))));
  }

  /** Counters of dropped frames, by reason. */
  public Drops drops() {
    return ports.drops();
  }

  /**
   * The counters of the switch: those of {@link SwitchMeter}, the frames received and sent at each port ({@link
   * io.reactorstack.layer.FrameMeter}, with the port's name as the tag {@code interface}), and the drops. A crash does
   * not set them back.
   */
  public Meters meters() {
    return ports.meters();
  }

  Ports inside() {
    return ports;
  }

  private long now() {
    return lab.neutralLoop().ticker().nanoTime();
  }

  /** Forwards frames (IEEE 802.1Q section 8.6). */
  private final class Relay implements Ports.Bridge {

    /** 01:80:c2:00:00:00 to 01:80:c2:00:00:0f: the addresses of the protocols between neighbouring bridges. */
    private static final long RESERVED = 0x0180_c200_0000L;

    @Override
    public void forward(Ports.Port from, Frame frame) {
      EthernetHeader header = EthernetHeader.parse(frame.payload(), Rejections.UNCOUNTED);
      if (mirrors.isTarget(from)) {
        ports.drop(frame, Ports.PortDrop.MIRROR_PORT);
        return;
      }
      mirrors.onReceived(from, frame);
      if (header == null || header.isCutOff() || header.source().isGroup()) {
        ports.drop(frame, Ports.PortDrop.MALFORMED);
        return;
      }
      int vlan = Vlans.entering(from.mode(), header.vlan());
      if (vlan == Vlans.NONE) {
        ports.drop(frame, Ports.PortDrop.OTHER_VLAN);
      } else if (!table.learn(vlan, header.source(), from, now())) {
        ports.drop(frame, Ports.PortDrop.TOO_MANY_ADDRESSES);
      } else {
        relay(from, frame, header, vlan);
      }
    }

    private void relay(Ports.Port from, Frame frame, EthernetHeader header, int vlan) {
      MacAddress destination = header.destination();
      if ((destination.bits() & ~0xfL) == RESERVED) {
        filter(frame);
      } else if (destination.isGroup()) {
        flood(from, frame, header, vlan, SwitchMeter.FRAMES_TO_GROUPS);
      } else {
        MacTable.Entry known = table.lookUp(vlan, destination, now());
        if (known == null) {
          flood(from, frame, header, vlan, SwitchMeter.FRAMES_FLOODED);
        } else if (known.port() == from) {
          filter(frame);
        } else {
          table.use(known);
          forward(frame, known.port(), header, vlan);
        }
      }
    }

    private void filter(Frame frame) {
      counters.count(SwitchMeter.FRAMES_FILTERED);
      frame.release();
    }

    private void forward(Frame frame, Ports.Port to, EthernetHeader header, int vlan) {
      counters.count(SwitchMeter.FRAMES_FORWARDED);
      int tagged = Vlans.leaving(to.mode(), vlan);
      if (Vlans.fits(header, tagged)) {
        send(to, frame);
      } else {
        sendCopy(to, frame, header, tagged);
        frame.release();
      }
    }

    private void flood(Ports.Port from, Frame frame, EthernetHeader header, int vlan, SwitchMeter meter) {
      counters.count(meter);
      for (Ports.Port to : ports.all()) {
        int tagged = to == from || mirrors.isTarget(to) ? Vlans.NONE : Vlans.leaving(to.mode(), vlan);
        if (tagged != Vlans.NONE) {
          // Each port gets a copy, since every receiver may write into its own, as a router does.
          sendCopy(to, frame, header, tagged);
        }
      }
      frame.release();
    }

    private void sendCopy(Ports.Port to, Frame frame, EthernetHeader header, int tagged) {
      Frame copy = ports.copy(frame, bytes -> Vlans.copy(bytes, header, tagged));
      if (copy != null) {
        send(to, copy);
      }
    }

    private void send(Ports.Port to, Frame frame) {
      mirrors.onSent(to, frame);
      to.send(frame);
    }

    @Override
    public int leaving(Ports.Port from, Ports.Port to, int tagged) {
      int vlan = Vlans.entering(from.mode(), tagged);
      return vlan == Vlans.NONE ? Vlans.NONE : Vlans.leaving(to.mode(), vlan);
    }

    @Override
    public void onClosed(Ports.Port port) {
      table.forget(port);
    }
  }
}
