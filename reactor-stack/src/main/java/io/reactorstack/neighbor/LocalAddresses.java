package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import org.jspecify.annotations.Nullable;

/** What address resolution asks the internet layer about the interface it works for. */
public interface LocalAddresses {

  /** Whether {@code address} is one of the interface's own. */
  boolean owns(IpAddress address);

  /** Whether {@code address} is a broadcast address of one of the interface's networks, or the limited one. */
  boolean isBroadcast(IpAddress address);

  /** The interface's own address to ask for {@code target} from, or {@code null} if it has none of the family. */
  @Nullable
  IpAddress sourceFor(IpAddress target);
}
