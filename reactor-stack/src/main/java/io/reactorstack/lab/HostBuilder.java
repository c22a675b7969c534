package io.reactorstack.lab;

import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A host that is to be made; immutable, each method returns a changed copy.
 *
 * <pre>{@code
 * Host client = lab.host("client").address("10.0.0.1/24").wire(w -> w.delay(ofMillis(20)).loss(0.02)).connectTo(lan);
 * }</pre>
 */
public final class HostBuilder {

  private final Lab lab;
  private final String name;
  private final @Nullable IpPrefix address;
  private final @Nullable MacAddress macAddress;
  private final @Nullable Integer mtu;
  private final UnaryOperator<Impairment> outbound;
  private final UnaryOperator<Impairment> inbound;
  private final UnaryOperator<StackConfiguration> configuration;

  HostBuilder(Lab lab, String name) {
    this(lab, Checks.text("name", name), null, null, null, UnaryOperator.identity(), UnaryOperator.identity(),
        UnaryOperator.identity());
  }

  private HostBuilder(
      Lab lab,
      String name,
      @Nullable IpPrefix address,
      @Nullable MacAddress macAddress,
      @Nullable Integer mtu,
      UnaryOperator<Impairment> outbound,
      UnaryOperator<Impairment> inbound,
      UnaryOperator<StackConfiguration> configuration) {
    this.lab = lab;
    this.name = name;
    this.address = address;
    this.macAddress = macAddress;
    this.mtu = mtu;
    this.outbound = outbound;
    this.inbound = inbound;
    this.configuration = configuration;
  }

  /**
   * The host's address and the length of its network's prefix, such as {@code 10.0.0.1/24}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public HostBuilder address(String prefix) {
    return new HostBuilder(lab, name, IpPrefix.parse(prefix), macAddress, mtu, outbound, inbound, configuration);
  }

  /** The router that leads to other networks. */
  public HostBuilder gateway(String router) {
    IpAddress given = IpAddress.parse(Checks.text("gateway", router));
    return stack(before -> before.gateway(given.toString()));
  }

  /** The host's link address; made of its IPv4 address if nothing is said. */
  public HostBuilder macAddress(MacAddress own) {
    return new HostBuilder(lab, name, address, Plug.own(own), mtu, outbound, inbound, configuration);
  }

  /** Longest packet in bytes; 1500 if nothing is said. */
  public HostBuilder mtu(int bytes) {
    return new HostBuilder(lab, name, address, macAddress, Plug.mtuOf(bytes), outbound, inbound, configuration);
  }

  /** What the host's wire does to frames in both directions; not with {@link #connectTo(Plug)}. */
  public HostBuilder wire(UnaryOperator<Impairment> both) {
    return wire(both, both);
  }

  /**
   * What the host's wire does to frames that leave the host, and to those that come to it. The changes are applied here, once.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public HostBuilder wire(UnaryOperator<Impairment> out, UnaryOperator<Impairment> in) {
    Impairment outward = Lab.impairment("wire out", out);
    Impairment inward = Lab.impairment("wire in", in);
    return new HostBuilder(lab, name, address, macAddress, mtu, none -> outward, none -> inward, configuration);
  }

  /** Changes anything else about the host's stack, such as {@code s -> s.tcp(t -> t.withTimers(timers -> timers.withNoDelay(true)))}. */
  public HostBuilder stack(UnaryOperator<StackConfiguration> change) {
    Checks.given("stack change", change);
    return new HostBuilder(lab, name, address, macAddress, mtu, outbound, inbound,
        before -> Checks.given("stack", change.apply(configuration.apply(before))));
  }

  /** Starts the host on a new wire to {@code junction}, which has the name {@code host-junction}. */
  public Host connectTo(Junction junction) {
    Wire wire = lab.newWire(name + "-" + Checks.given("junction", junction).name(), outbound, inbound);
    junction.attach(wire.right());
    return connectTo(wire.left());
  }

  /** Starts the host at the end of a wire. */
  public Host connectTo(Plug plug) {
    IpPrefix own = address;
    if (own == null) {
      throw new IllegalStateException("the host " + name + " has no address");
    }
    Plug mine = Checks.given("plug", plug).macAddress(macAddress != null ? macAddress : macAddressOf(own));
    Plug sized = mtu == null ? mine : mine.mtu(mtu);
    StackConfiguration complete = configuration.apply(NetworkStack.create()
        .name(name).runOn(lab.loop()).random(lab.random(name)).device(sized, own.toString())
        .announceAddresses(false));
    return lab.start(name, () -> new Host(name, own, sized, complete.startNow()));
  }

  /** A locally administered address in which one reads the IPv4 address. */
  private MacAddress macAddressOf(IpPrefix own) {
    long bits = own.address() instanceof Ipv4Address v4 ? v4.bits() & 0xffff_ffffL : Seeds.hash(name) & 0xff_ffff_ffffL;
    return new MacAddress(0x0200_0000_0000L | bits);
  }
}
