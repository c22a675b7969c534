package io.reactorstack.netty;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;

/** Checks the addresses that are passed to channels. */
final class Addresses {

  private Addresses() {}

  /**
   * Returns {@code address} if it is an IP socket address that is resolved.
   *
   * @throws UnresolvedAddressException if it contains a name only
   * @throws UnsupportedAddressTypeException if it is of another type
   */
  static InetSocketAddress resolved(SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet)) {
      throw new UnsupportedAddressTypeException();
    }
    if (inet.isUnresolved()) {
      throw new UnresolvedAddressException();
    }
    return inet;
  }
}
