package io.reactorstack.dns.jvm.lookup;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Stands for the JDK's built-in resolver: keeps the names that it is asked for, and answers with one address. */
final class RecordingResolver implements InetAddressResolver {

  static final String ADDRESS = "192.0.2.7";

  final List<String> asked = new CopyOnWriteArrayList<>();

  @Override
  public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
    asked.add(host);
    return Stream.of(InetAddress.getByAddress(host, new byte[] {(byte) 192, 0, 2, 7}));
  }

  @Override
  public String lookupByAddress(byte[] address) throws UnknownHostException {
    asked.add(InetAddress.getByAddress(address).getHostAddress());
    return "built-in";
  }
}
