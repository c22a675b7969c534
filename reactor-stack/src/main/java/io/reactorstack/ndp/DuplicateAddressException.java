package io.reactorstack.ndp;

import io.reactorstack.packet.IpAddress;
import java.io.IOException;

/** An address cannot be used, because another station on the link has it (RFC 4862 section 5.4). */
final class DuplicateAddressException extends IOException {

  private static final long serialVersionUID = 1L;

  DuplicateAddressException(String interfaceName, IpAddress address) {
    super("another station on the link of " + interfaceName + " uses " + address);
  }
}
