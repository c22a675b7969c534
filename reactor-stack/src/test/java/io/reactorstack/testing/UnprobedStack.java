package io.reactorstack.testing;

import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;

/** The configuration of hosts whose IPv4 addresses can be used at once, without the probe of RFC 5227. */
public final class UnprobedStack {

  private UnprobedStack() {}

  /** Returns a configuration without interfaces, as {@link NetworkStack#create}. */
  public static StackConfiguration create() {
    return NetworkStack.create().ipv4(settings -> settings.withAddressProbes(false));
  }
}
