package io.reactorstack.lab;

import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
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
 * A host that is to be made; immutable, each method but those that start the host returns a changed copy.
 *
 * <pre>{@code
 * Host client = lab.host("client").address("10.0.0.1/24").wire(w -> w.delay(ofMillis(20)).loss(0.02)).connectTo(lan);
 * Host server = lab.host("server").on(lan, "10.0.0.2/24").on(storage, "10.1.0.2/24", w -> w.rate("1gbit")).start();
 * }</pre>
 *
 * <p>{@link #address}, {@link #macAddress}, {@link #mtu} and {@link #wire} are about the interface that is connected next.
 */
public final class HostBuilder {

  /** An interface that is not connected yet. */
  private record Link(
      @Nullable IpPrefix address,
      @Nullable MacAddress macAddress,
      @Nullable Integer mtu,
      Impairment outbound,
      Impairment inbound) {

    static final Link NEW = new Link(null, null, null, Impairment.none(), Impairment.none());

    Link address(IpPrefix own) {
      return new Link(own, macAddress, mtu, outbound, inbound);
    }

    Link macAddress(MacAddress own) {
      return new Link(address, own, mtu, outbound, inbound);
    }

    Link mtu(int bytes) {
      return new Link(address, macAddress, bytes, outbound, inbound);
    }

    Link impaired(Impairment out, Impairment in) {
      return new Link(address, macAddress, mtu, out, in);
    }

    /** The address; of an interface that is being connected. */
    IpPrefix own() {
      if (address == null) {
        throw new IllegalStateException("an interface that is being connected has no address");
      }
      return address;
    }
  }

  /** An interface and where it is to be connected: exactly one of the two. */
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

  /** A changed copy, which the lab expects to be connected. */
  private HostBuilder described(List<Connection> made, Link changed,
      UnaryOperator<StackConfiguration> configured, List<HostSoftware> programs) {
    lab.inventory().describe(name);
    return new HostBuilder(lab, name, made, changed, configured, programs);
  }

  /**
   * Gives the host a program, which runs at each of its starts, beside those that it has; it begins when the world moves next. A host
   * with programs can {@link Host#crash} as a machine does: everything that they have made goes with it.
   */
  public HostBuilder runs(HostSoftware program) {
    List<HostSoftware> more = new ArrayList<>(software);
    more.add(Checks.given("software that it runs", program));
    return described(connections, next, configuration, List.copyOf(more));
  }

  /**
   * The host's address and the length of its network's prefix, such as {@code 10.0.0.1/24}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public HostBuilder address(String prefix) {
    return next(next.address(IpPrefix.parse(prefix)));
  }

  /** The router that leads to other networks. */
  public HostBuilder gateway(String router) {
    IpAddress given = IpAddress.parse(Checks.text("gateway", router));
    return stack(before -> before.gateway(given.toString()));
  }

  /** The host's link address; made of its IPv4 address if nothing is said. */
  public HostBuilder macAddress(MacAddress own) {
    return next(next.macAddress(Plug.own(own)));
  }

  /** Longest packet in bytes; 1500 if nothing is said. */
  public HostBuilder mtu(int bytes) {
    return next(next.mtu(Plug.mtuOf(bytes)));
  }

  /** Impairs the host's wire in both directions; not with {@link #connectTo(Plug)}. */
  public HostBuilder wire(UnaryOperator<Impairment> both) {
    return wire(both, both);
  }

  /** As {@link #wire(UnaryOperator)}, in netem's words: {@link Impairment#of}. */
  public HostBuilder wire(String netem) {
    Impairment both = new NetemText("wire", netem).all();
    return next(next.impaired(both, both));
  }

  /**
   * Impairs the host's wire, for frames that leave the host and for those that come to it. The changes are applied here, once.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public HostBuilder wire(UnaryOperator<Impairment> out, UnaryOperator<Impairment> in) {
    return impaired("wire", out, in);
  }

  private HostBuilder impaired(String setting, UnaryOperator<Impairment> out, UnaryOperator<Impairment> in) {
    return next(next.impaired(Lab.impairment(setting + " out", out), Lab.impairment(setting + " in", in)));
  }

  /** Changes anything else about the host's stack, such as {@code s -> s.tcp(t -> t.withTimers(timers -> timers.withNoDelay(true)))}. */
  public HostBuilder stack(UnaryOperator<StackConfiguration> change) {
    Checks.given("stack change", change);
    return described(connections, next,
        before -> Checks.given("stack", change.apply(configuration.apply(before))), software);
  }

  /**
   * Adds an interface on a new wire to {@code junction}, which has the name {@code host-junction}.
   *
   * @param prefix its address, as for {@link #address}
   * @throws IllegalArgumentException if the address is none, or another interface of the host has it
   */
  public HostBuilder on(Junction junction, String prefix) {
    Checks.given("junction to be on", junction);
    return address(prefix).connected(junction, null);
  }

  /** As {@link #on(Junction, String)}, with a wire that does this to frames in both directions. */
  public HostBuilder on(Junction junction, String prefix, UnaryOperator<Impairment> both) {
    return on(junction, prefix, both, both);
  }

  /** As {@link #on(Junction, String)}, with a wire that does this to frames that leave the host, and to those that come to it. */
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
    if (next.address == null) {
      lab.inventory().undescribe(name);
      throw new IllegalStateException("the host " + name + " has no address"
          + (connections.isEmpty() ? "" : " for its interface number " + (connections.size() + 1)));
    }
    for (Connection each : connections) {
      if (each.link.own().address().equals(next.address.address())) {
        throw new IllegalArgumentException(
            "the host " + name + " has the address " + next.address.address() + " on another interface already");
      }
    }
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
   * <p>In the place of a host of the same name that has stopped it takes over the wires of that name, and tells its links
   * which addresses it has, so that neighbours find it at once; otherwise hosts of the lab announce nothing.
   *
   * @throws IllegalStateException if it has no interface
   * @throws IllegalArgumentException if its name is taken, or an address by another host on the same link
   */
  public Host start() {
    if (connections.isEmpty()) {
      lab.inventory().undescribe(name);
      throw new IllegalStateException("the host " + name + " is connected to nothing: say on(…) or connectTo(…)");
    }
    return lab.call(() -> start(lab.inventory()));
  }

  private Host start(Inventory inventory) {
    // From here on an error tells what is wrong.
    inventory.undescribe(name);
    Host before = inventory.replacedBy(name);
    List<Wire> made = new ArrayList<>();
    try {
      List<Host.Interface> interfaces = new ArrayList<>();
      boolean announces = false;
      for (Connection each : connections) {
        IpPrefix own = each.link.own();
        Plug plug = each.plug != null ? each.plug : plug(each, interfaces, made);
        inventory.checkUnused(own.address(), plug.wire(), name);
        announces |= inventory.wasUsed(own.address());
        interfaces.add(new Host.Interface(own, sized(plug, each.link, own)));
      }
      Machine machine = new Machine(lab, name, boot(inventory, name, configuration, interfaces), software);
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

  private static Machine.Boot boot(
      Inventory inventory, String name, UnaryOperator<StackConfiguration> configuration,
      List<Host.Interface> interfaces) {
    return (loop, random, memory, announces) -> {
      StackConfiguration stack = NetworkStack.create().name(name).runOn(loop).random(random)
          .resolver(started -> new LabNameResolver(inventory));
      for (Host.Interface each : interfaces) {
        Plug plug = each.plug();
        stack = stack.device(memory == null ? plug : on -> plug.open(on, memory), each.prefix().toString());
      }
      if (memory != null) {
        stack = stack.allocator(memory);
      }
      return configuration.apply(stack.announceAddresses(announces)).startNow();
    };
  }

  private Plug sized(Plug plug, Link link, IpPrefix own) {
    Plug mine = plug.macAddress(link.macAddress != null ? link.macAddress : macAddressOf(own));
    return link.mtu == null ? mine : mine.mtu(link.mtu);
  }

  /** The free end of a wire to the junction: of a new one, or of that of a host that was there before. */
  private Plug plug(Connection connection, List<Host.Interface> before, List<Wire> made) {
    Junction junction = Checks.given("junction", connection.junction);
    String first = name + "-" + junction.name();
    long same = before.stream().filter(each -> each.plug().wire().name().startsWith(first)).count();
    String wireName = same == 0 ? first : first + "-" + (same + 1);
    Wire old = lab.inventory().wire(wireName);
    if (old != null && !old.left().isTaken() && Ports.of(junction).wires().contains(old)) {
      old.impair(unused -> connection.link.outbound, unused -> connection.link.inbound);
      return old.left();
    }
    Wire wire = lab.newWire(wireName, unused -> connection.link.outbound, unused -> connection.link.inbound);
    made.add(wire);
    junction.attach(wire.right());
    return wire.left();
  }

  /** A locally administered address in which one reads the IPv4 address. */
  private MacAddress macAddressOf(IpPrefix own) {
    long bits = own.address() instanceof Ipv4Address v4 ? v4.bits() & 0xffff_ffffL : Seeds.hash(name) & 0xff_ffff_ffffL;
    return new MacAddress(0x0200_0000_0000L | bits);
  }
}
