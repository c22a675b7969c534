package io.reactorstack.lab;

import io.reactorstack.NetworkStack;
import io.reactorstack.lab.world.Life;
import io.reactorstack.lab.world.Lives;
import io.reactorstack.lab.world.World;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.spi.HostLoop;
import io.reactorstack.spi.WorldNames;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The names of a world's hosts, for code that runs in the world. On the loop, or a thread that the loop carries. */
final class InventoryNames implements WorldNames {

  private static final IpAddress LOOPBACK = Ipv4Address.parse("127.0.0.1");
  private static final String LOCALHOST = "localhost";
  private static final StackTraceElement[] NOBODY_WAITS = {};

  private final World world;
  private final Inventory inventory;
  private final LabNameResolver resolver;

  InventoryNames(World world, Inventory inventory) {
    this.world = world;
    this.inventory = inventory;
    this.resolver = new LabNameResolver(inventory);
  }

  @Override
  public List<IpAddress> addresses(String host) throws UnknownHostException {
    return isLocalhost(host) ? List.of(LOOPBACK) : sorted(resolver.addresses(host));
  }

  /** RFC 6761 section 6.3: localhost and all names below it. */
  private static boolean isLocalhost(String name) {
    String bare = (name.endsWith(".") ? name.substring(0, name.length() - 1) : name).toLowerCase(Locale.ROOT);
    return bare.equals(LOCALHOST) || bare.endsWith("." + LOCALHOST);
  }

  /** Sorts by the addresses and routes of the host whose code calls; code of no host gets the order of the lab. */
  private List<IpAddress> sorted(List<IpAddress> addresses) {
    NetworkStack stack = callersStack(world.lives());
    return stack == null ? addresses : HostLoop.of(stack).sorted(addresses);
  }

  private @Nullable NetworkStack callersStack(Lives lives) {
    Life caller = lives.current();
    return caller == null
        ? null
        : inventory.hosts().stream().filter(host -> host.name().equals(caller.toString())).findFirst()
            .map(Host::stackIfAny).orElse(null);
  }

  @Override
  public String name(IpAddress address) throws UnknownHostException {
    if (address.isLoopback()) {
      return LOCALHOST;
    }
    String name = inventory.names().get(address);
    if (name == null) {
      throw new UnknownHostException(address + ": no host of the lab has this address");
    }
    return name;
  }

  @Override
  public void escaped(String sentence) {
    Thread caller = Thread.currentThread();
    world.escape(sentence, caller.getName(), caller.getStackTrace(), NOBODY_WAITS);
  }
}
