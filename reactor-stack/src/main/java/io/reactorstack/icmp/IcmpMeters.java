package io.reactorstack.icmp;

import io.reactorstack.layer.Counter;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.layer.Meters;

/** The counters of one version of ICMP. */
record IcmpMeters(
    Counter consumed, Counter received, Counter echoRequests, Counter echoReplies, Counter redirects, Counter errors,
    Counter suppressed) {

  /** The counters of both versions. */
  record OfBoth(IcmpMeters v4, IcmpMeters v6) {

    static OfBoth in(Meters meters) {
      return new OfBoth(IcmpMeters.of("icmp", meters), IcmpMeters.of("icmpv6", meters));
    }

    /** Returns the counters of IPv4 if {@code isV4}, otherwise those of IPv6. */
    IcmpMeters of(boolean isV4) {
      return isV4 ? v4 : v6;
    }
  }

  private static IcmpMeters of(String protocol, Meters meters) {
    Meters own = meters.with(MeterTag.PROTOCOL, protocol);
    return new IcmpMeters(
        meters.consumed(protocol),
        own.counter(IcmpMeter.MESSAGES_RECEIVED),
        own.counter(IcmpMeter.ECHO_REQUESTS_SENT),
        own.counter(IcmpMeter.ECHO_REPLIES_SENT),
        own.counter(IcmpMeter.REDIRECTS_FOLLOWED),
        own.counter(IcmpMeter.ERRORS_SENT),
        own.counter(IcmpMeter.ERRORS_SUPPRESSED));
  }
}
