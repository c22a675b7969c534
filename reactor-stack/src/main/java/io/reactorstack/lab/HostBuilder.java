package io.reactorstack.lab;

import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.ndp.Ipv6Settings;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a host to be started. Immutable: each method returns a changed copy, except those that start the
 * host.
 *
 * <pre>{@code
 * Host client = lab.host("client").address("10.0.0.1/24").wire(w -> w.delay(ofMillis(20)).loss(0.02)).connectTo(lan);
 * Host server = lab.host("server").on(lan, "10.0.0.2/24").on(storage, "10.1.0.2/24", w -> w.rate("1gbit")).start();
 * }</pre>
 *
 * <p>{@link #address}, {@link #linkLocal}, {@link #slaac}, {@link #autoconfigure}, {@link #vlan}, {@link #macAddress}, {@link #mtu},
 * {@link #wire} and {@link #frameCheck} apply to the interface that is connected next.
 */
public final class HostBuilder {

  /** The ways in which an interface without a configured address gets one. */
  private enum Source {
    DHCP,
    LINK_LOCAL,
    SLAAC,
    AUTOCONFIGURATION
  }

  /** The interface of a VLAN, with its address. */
  private record Vlan(int id, String prefix) {}

  /** The settings of an interface. */
  private record Link(
      @Nullable IpPrefix address,
      Source source,
      @Nullable MacAddress macAddress,
      @Nullable Integer mtu,
      Impairment outbound,
      Impairment inbound,
      boolean frameCheck,
      List<Vlan> vlans) {

    static final Link NEW = new Link(
        null, Source.DHCP, null, null, Impairment.none(), Impairment.none(), false, List.of());

    Link address(IpPrefix own) {
      return new Link(own, source, macAddress, mtu, outbound, inbound, frameCheck, vlans);
    }

    Link source(Source way) {
      return new Link(address, way, macAddress, mtu, outbound, inbound, frameCheck, vlans);
    }

    Link macAddress(MacAddress own) {
      return new Link(address, source, own, mtu, outbound, inbound, frameCheck, vlans);
    }

    Link mtu(int bytes) {
      return new Link(address, source, macAddress, bytes, outbound, inbound, frameCheck, vlans);
    }

    Link impaired(Impairment out, Impairment in) {
      return new Link(address, source, macAddress, mtu, out, in, frameCheck, vlans);
    }

    Link checked() {
      return new Link(address, source, macAddress, mtu, outbound, inbound, true, vlans);
    }

    Link vlan(Vlan added) {
      List<Vlan> more = new ArrayList<>(vlans);
      more.add(added);
      return new Link(address, source, macAddress, mtu, outbound, inbound, frameCheck, List.copyOf(more));
    }

    /** Returns whether the interface is configured with {@code other}. */
    boolean has(IpPrefix other) {
      return address != null && address.address().equals(other.address());
    }

    /** Returns whether the user has set an address, or a way to get one. */
    boolean isConfigurable() {
      return address != null || source != Source.DHCP;
    }

    /** Returns {@code before} with this interface on {@code device}. */
    StackConfiguration added(StackConfiguration before, String interfaceName, NetworkDevice.Factory device) {
      StackConfiguration stack = address != null
          ? before.device(interfaceName, device, address.toString())
          : before.device(interfaceName, device);
      if (address == null) {
        stack = switch (source) {
          case DHCP -> stack.dhcp();
          case LINK_LOCAL -> stack.linkLocalIpv4();
          case SLAAC -> stack.slaac();
          case AUTOCONFIGURATION -> stack.autoconfigure();
        };
      }
      for (Vlan vlan : vlans) {
        stack = stack.vlan(interfaceName, vlan.id, vlan.prefix);
      }
      return stack;
    }
  }

  /** An interface and its place: either a junction or a plug, exactly one of which is not null. */
  private record Connection(Link link, @Nullable Junction junction, @Nullable Plug plug) {}

  private final Lab lab;
  private final String name;
  private final List<Connection> connections;
  private final Link next;
  private final UnaryOperator<StackConfiguration> configuration;
  private final List<HostSoftware> software;

  HostBuilder(Lab lab, String name) {
    this(lab, Checks.text("name", name), List.of(), Link.NEW, UnaryOperator.identity(), List.of());
  }

  private HostBuilder(
      Lab lab,
      String name,
      List<Connection> connections,
      Link next,
      UnaryOperator<StackConfiguration> configuration,
      List<HostSoftware> software) {
    this.lab = lab;
    this.name = name;
    this.connections = connections;
    this.next = next;
    this.configuration = configuration;
    this.software = software;
  }

  private HostBuilder next(Link changed) {
    return described(connections, changed, configuration, software);
  }

  /** Returns a changed copy, and records that the lab still expects this host to be connected. */
  private HostBuilder described(List<Connection> made, Link changed,
      UnaryOperator<StackConfiguration> configured, List<HostSoftware> programs) {
    lab.inventory().describe(name);
    return new HostBuilder(lab, name, made, changed, configured, programs);
  }

  /**
   * Adds a program to the host. All programs run at each start of the host, and begin when the world moves next. A host
   * with programs can {@link Host#crash} as a real machine does: everything that they have created is lost.
   */
  public HostBuilder runs(HostSoftware program) {
    List<HostSoftware> more = new ArrayList<>(software);
    more.add(Checks.given("software that it runs", program));
    return described(connections, next, configuration, List.copyOf(more));
  }

  /**
   * Sets the address of the next interface with the prefix length of its network, such as {@code 10.0.0.1/24}.
   *
   * @throws IllegalArgumentException if {@code prefix} is not an address with a prefix length
   */
  public HostBuilder address(String prefix) {
    return next(next.address(IpPrefix.parse(prefix)));
  }

  /**
   * Gives the next interface, for which no {@link #address} is set, a link-local IPv4 address, as {@link
   * StackConfiguration#linkLocalIpv4} does.
   */
  public HostBuilder linkLocal() {
    return next(next.source(Source.LINK_LOCAL));
  }

  /**
   * Configures the next interface, for which no {@link #address} is set, by the IPv6 routers of its link, as {@link
   * StackConfiguration#slaac} does. The host starts without waiting for them: {@link NetworkStack#configured} waits.
   */
  public HostBuilder slaac() {
    return next(next.source(Source.SLAAC));
  }

  /**
   * Configures the next interface, for which no {@link #address} is set, by itself, as {@link
   * StackConfiguration#autoconfigure} does.
   */
  public HostBuilder autoconfigure() {
    return next(next.source(Source.AUTOCONFIGURATION));
  }

  /**
   * Adds an interface for a VLAN of the next interface, which becomes the end of a trunk: it has the same MAC address,
   * sends and receives frames with the tag {@code id}, and has the name {@code if0.id} if the next interface is
   * {@code if0}. {@link Host#addresses} does not contain its address.
   *
   * @param id the VLAN identifier, 1 to 4094
   * @param prefix its address, as for {@link #address}
   */
  public HostBuilder vlan(int id, String prefix) {
    Checks.range("vlan", id, 1, 4094, "(identifier of a VLAN)");
    return next(next.vlan(new Vlan(id, IpPrefix.parse(prefix).toString())));
  }

  /** Sets the router for packets to other networks. */
  public HostBuilder gateway(String router) {
    IpAddress given = IpAddress.parse(Checks.text("gateway", router));
    return stack(before -> before.gateway(given.toString()));
  }

  /**
   * Sets the link address of the next interface. The default contains its IPv4 address, or a hash of the host's name if
   * it has an IPv6 address.
   */
  public HostBuilder macAddress(MacAddress own) {
    return next(next.macAddress(Plug.own(own)));
  }

  /** Sets the MTU of the next interface: the longest packet, in bytes; the default is 1500. */
  public HostBuilder mtu(int bytes) {
    return next(next.mtu(Plug.mtuOf(bytes)));
  }

  /** Impairs the wire of the next interface in both directions; not with {@link #connectTo(Plug)}. */
  public HostBuilder wire(UnaryOperator<Impairment> both) {
    return wire(both, both);
  }

  /** Like {@link #wire(UnaryOperator)}, in the language of netem: see {@link Impairment#of}. */
  public HostBuilder wire(String netem) {
    Impairment both = new NetemText("wire", netem).all();
    return next(next.impaired(both, both));
  }

  /**
   * Impairs the wire of the next interface, separately for frames that leave the host and for those that arrive. The
   * changes are applied here, once.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public HostBuilder wire(UnaryOperator<Impairment> out, UnaryOperator<Impairment> in) {
    return impaired("wire", out, in);
  }

  /**
   * Makes the wire of the next interface carry frames with padding and frame check sequence; see
   * {@link Wire#frameCheck}. Not with {@link #connectTo(Plug)}.
   */
  public HostBuilder frameCheck() {
    return next(next.checked());
  }

  private HostBuilder impaired(String setting, UnaryOperator<Impairment> out, UnaryOperator<Impairment> in) {
    return next(next.impaired(Lab.impairment(setting + " out", out), Lab.impairment(setting + " in", in)));
  }

  /**
   * Makes the host a router that translates IPv4 addresses (NAPT): the network of the interface that is added first sees
   * only the router's address on it, and the networks of the others are inside.
   *
   * @param change changes the settings of the translation, as {@link StackConfiguration#nat} does
   */
  public HostBuilder nat(UnaryOperator<NatSettings> change) {
    Checks.given("nat", Checks.given("nat change", change).apply(NatSettings.DEFAULT));
    return stack(stack -> stack.nat("if0", change));
  }

  /**
   * Changes any other setting of the host's stack: {@code s -> s.tcp(t -> t.withTimers(timers ->
   * timers.withNoDelay(true)))}.
   */
  public HostBuilder stack(UnaryOperator<StackConfiguration> change) {
    Checks.given("stack change", change);
    return described(connections, next,
        before -> Checks.given("stack", change.apply(configuration.apply(before))), software);
  }

  /**
   * Adds an interface on a new wire, named {@code host-junction}, to {@code junction}.
   *
   * @param prefix its address, as for {@link #address}
   * @throws IllegalArgumentException if the address is malformed, or another interface of the host has it
   */
  public HostBuilder on(Junction junction, String prefix) {
    Checks.given("junction to be on", junction);
    return address(prefix).connected(junction, null);
  }

  /**
   * Adds an interface on a new wire to {@code junction} that gets its address, its routes and its other parameters by
   * DHCP, for example from a {@link DhcpServer}, unless {@link #address}, {@link #linkLocal}, {@link #slaac} or
   * {@link #autoconfigure} was called for it. The host starts without waiting for them: {@link NetworkStack#configured}
   * waits.
   */
  public HostBuilder on(Junction junction) {
    Checks.given("junction to be on", junction);
    return next.address == null ? added(junction, null) : connected(junction, null);
  }

  /** Like {@link #on(Junction, String)}, on a wire with this impairment in both directions. */
  public HostBuilder on(Junction junction, String prefix, UnaryOperator<Impairment> both) {
    return on(junction, prefix, both, both);
  }

  /**
   * Like {@link #on(Junction, String)}, on a wire with these impairments of the frames that leave the host and of those
   * that arrive.
   */
  public HostBuilder on(
      Junction junction, String prefix, UnaryOperator<Impairment> out, UnaryOperator<Impairment> in) {
    return impaired("on: wire", out, in).on(junction, prefix);
  }

  /** Adds an interface at the end of a wire, as {@link #on(Junction, String)} does at a junction. */
  public HostBuilder on(Plug plug, String prefix) {
    Checks.given("plug to be on", plug);
    return address(prefix).connected(null, plug);
  }

  private HostBuilder connected(@Nullable Junction junction, @Nullable Plug plug) {
    if (!next.isConfigurable()) {
      lab.inventory().undescribe(name);
      throw new IllegalStateException("the host " + name + " has no address"
          + (connections.isEmpty() ? "" : " for its interface number " + (connections.size() + 1)));
    }
    for (Connection each : connections) {
      if (next.address != null && each.link.has(next.address)) {
        throw new IllegalArgumentException(
            "the host " + name + " already has the address " + next.address.address() + " on another interface");
      }
    }
    return added(junction, plug);
  }

  private HostBuilder added(@Nullable Junction junction, @Nullable Plug plug) {
    List<Connection> more = new ArrayList<>(connections);
    more.add(new Connection(next, junction, plug));
    return described(List.copyOf(more), Link.NEW, configuration, software);
  }

  /** Starts the host on a new wire to {@code junction}, as {@link #on(Junction, String)} and {@link #start} do. */
  public Host connectTo(Junction junction) {
    Checks.given("junction", junction);
    return connected(junction, null).start();
  }

  /** Starts the host at the end of a wire. */
  public Host connectTo(Plug plug) {
    Checks.given("plug", plug);
    return connected(null, plug).start();
  }

  /**
   * Starts the host.
   *
   * <p>If a host of the same name has stopped, the new one replaces it, takes over the wires of that name, and
   * announces its addresses to its links, so that neighbours find it immediately. Other hosts of the lab announce
   * nothing.
   *
   * @throws IllegalStateException if it has no interface
   * @throws IllegalArgumentException if its name is taken, or another host on the same link has one of its addresses
   */
  public Host start() {
    if (connections.isEmpty()) {
      lab.inventory().undescribe(name);
      throw new IllegalStateException("the host " + name + " is not connected: call on(…) or connectTo(…)");
    }
    return lab.call(() -> start(lab.inventory()));
  }

  private Host start(Inventory inventory) {
    // From here on, errors name their cause, so the reminder about an unconnected host is no longer needed.
    inventory.undescribe(name);
    Host before = inventory.replacedBy(name);
    List<Wire> made = new ArrayList<>();
    try {
      List<Host.Interface> interfaces = new ArrayList<>();
      boolean announces = false;
      for (Connection each : connections) {
        IpPrefix own = each.link.address;
        Plug plug = each.plug != null ? each.plug : plug(each, interfaces, made);
        if (own != null) {
          inventory.checkUnused(own.address(), plug.wire(), name);
          announces |= inventory.wasUsed(own.address());
        }
        interfaces.add(new Host.Interface("if" + interfaces.size(), own, sized(plug, each.link, interfaces.size())));
      }
      Machine machine = new Machine(lab, name, boot(inventory, interfaces), software);
      Host host = new Host(lab, name, interfaces, machine);
      machine.start(announces);
      inventory.add(host, before);
      host.keepFrames(lab.kept());
      machine.runSoftware(host);
      return host;
    } catch (RuntimeException e) {
      made.forEach(Wire::close);
      made.forEach(inventory::remove);
      throw e;
    }
  }

  private Machine.Boot boot(Inventory inventory, List<Host.Interface> interfaces) {
    return (loop, random, memory, announces) -> {
      StackConfiguration stack = NetworkStack.create().name(name).runOn(loop).random(random)
          .ipv4(settings -> settings.withAddressProbes(false))
          .ipv6(settings -> settings.withDuplicateAddressDetection(0).withRouterDiscovery(false)
              .withSecret(secretOf(name)))
          .resolver(started -> new LabNameResolver(inventory));
      for (int i = 0; i < interfaces.size(); i++) {
        Host.Interface each = interfaces.get(i);
        Plug plug = each.plug();
        NetworkDevice.Factory device = memory == null ? plug : on -> plug.open(on, memory);
        stack = connections.get(i).link.added(stack, each.name(), device);
      }
      if (memory != null) {
        stack = stack.allocator(memory);
      }
      return configuration.apply(stack.announceAddresses(announces)).startNow();
    };
  }

  /** Hosts of the lab have the same link-local addresses in each life and each world. */
  private static Ipv6Settings.Secret secretOf(String name) {
    return new Ipv6Settings.Secret(Seeds.hash(name), 0);
  }

  private Plug sized(Plug plug, Link link, int number) {
    Plug mine = plug.macAddress(link.macAddress != null ? link.macAddress : macAddressOf(link.address, number));
    return link.mtu == null ? mine : mine.mtu(link.mtu);
  }

  /**
   * Returns the free end of the wire to the junction: of a new wire, or of the one that a host of the same name has
   * left.
   */
  private Plug plug(Connection connection, List<Host.Interface> before, List<Wire> made) {
    Junction junction = Checks.given("junction", connection.junction);
    String first = name + "-" + junction.name();
    long same = before.stream().filter(each -> each.plug().wire().name().startsWith(first)).count();
    String wireName = same == 0 ? first : first + "-" + (same + 1);
    Wire old = lab.inventory().wire(wireName);
    if (old != null && !old.left().isTaken() && Ports.of(junction).wires().contains(old)) {
      old.impair(unused -> connection.link.outbound, unused -> connection.link.inbound);
      if (junction instanceof NewPorts chosen) {
        chosen.apply(old);
      }
      old.frameCheck(connection.link.frameCheck);
      return old.left();
    }
    Wire wire = lab.newWire(wireName, unused -> connection.link.outbound, unused -> connection.link.inbound)
        .frameCheck(connection.link.frameCheck);
    made.add(wire);
    junction.attach(wire.right());
    return wire.left();
  }

  /**
   * Returns a locally administered address that contains the IPv4 address, or a hash of the host's name for IPv6 and for
   * DHCP.
   */
  private MacAddress macAddressOf(@Nullable IpPrefix own, int number) {
    String of = own == null && number > 0 ? name + number : name;
    long bits = own != null && own.address() instanceof Ipv4Address v4
        ? v4.bits() & 0xffff_ffffL
        : Seeds.hash(of) & 0xff_ffff_ffffL;
    return new MacAddress(0x0200_0000_0000L | bits);
  }
}
