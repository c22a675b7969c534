package io.reactorstack.netty;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;

/** The addresses that channels are given. */
final class Addresses {

  private Addresses() {}

  /**
   * {@code address} as the socket of a host, with an address in it.
   *
   * @throws UnresolvedAddressException if it holds a name only
   * @throws UnsupportedAddressTypeException if it is of another kind
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
