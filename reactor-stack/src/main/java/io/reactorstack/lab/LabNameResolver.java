package io.reactorstack.lab;

import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.IpAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Resolves the names of a lab's hosts from its inventory: sends no frame, takes no time and draws no random number.
 *
 * <p>A host is found by its name in any case, with or without the suffix {@value #DOMAIN} and a trailing dot. Of two
 * hosts whose names differ only by case, the exact match is preferred, then the one that was connected first. A host
 * that has stopped keeps its name, as with DNS; connecting to it fails.
 */
final class LabNameResolver implements NameResolver {

  /** The optional suffix of a host's name. */
  static final String DOMAIN = ".lab";

  /** Maximum number of names in an error message. */
  private static final int MAX_LISTED = 20;

  private final Inventory inventory;

  LabNameResolver(Inventory inventory) {
    this.inventory = inventory;
  }

  /** Called on the loop, by the hosts' stacks. */
  @Override
  public Flux<IpAddress> resolve(String host) {
    return Mono.fromCallable(() -> addresses(host)).flatMapIterable(addresses -> addresses);
  }

  /**
   * Returns the addresses of a host in the order in which they were configured. On the loop, or a thread that the loop
   * carries.
   *
   * @throws UnknownHostException if no host has this name, or it has no address yet
   */
  List<IpAddress> addresses(String name) throws UnknownHostException {
    List<IpAddress> addresses = find(name).presentAddresses();
    if (addresses.isEmpty()) {
      throw new UnknownHostException(name + ": this host of the lab has no address yet");
    }
    return addresses;
  }

  private Host find(String name) throws UnknownHostException {
    String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    List<String> spellings = new ArrayList<>(List.of(bare));
    if (bare.toLowerCase(Locale.ROOT).endsWith(DOMAIN)) {
      spellings.add(bare.substring(0, bare.length() - DOMAIN.length()));
    }
    for (String spelling : spellings) {
      Host exact = first(spelling::equals);
      Host found = exact != null ? exact : first(spelling::equalsIgnoreCase);
      if (found != null) {
        return found;
      }
    }
    throw new UnknownHostException(name + ": no host of the lab has this name; its hosts are " + known());
  }

  private @Nullable Host first(Predicate<String> named) {
    return inventory.hosts().stream().filter(host -> named.test(host.name())).findFirst().orElse(null);
  }

  private String known() {
    List<String> names = inventory.hosts().stream().map(Host::name).toList();
    return names.size() <= MAX_LISTED
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, MAX_LISTED)) + " and " + (names.size() - MAX_LISTED) + " others";
  }

  @Override
  public String toString() {
    return "the lab";
  }
}
