package io.reactorstack.dns.jvm.lookup;

import io.reactorstack.dns.AddressType;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.resolve.ResolverHandle;
import io.reactorstack.packet.IpAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.util.stream.Stream;

/** Look-ups by a resolver, for callers that block. */
final class DnsLookup {

  private final DnsResolver resolver;
  private final BlockingAnswer answer;

  DnsLookup(DnsResolver resolver) {
    this.resolver = resolver;
    this.answer = new BlockingAnswer(ResolverHandle.access(resolver).host());
  }

  Stream<InetAddress> addresses(String host, LookupPolicy policy) throws UnknownHostException {
    Preference preference = Preference.of(policy);
    AddressType type = preference.type();
    return preference.select(host,
        answer.of(host, (type == null ? resolver.resolve(host) : resolver.resolve(host, type)).collectList()));
  }

  /** @throws IllegalArgumentException if {@code address} has neither 4 nor 16 octets */
  String name(byte[] address) throws UnknownHostException {
    IpAddress asked = IpAddress.of(address);
    return answer.of(asked.toString(), resolver.hostName(asked));
  }
}
