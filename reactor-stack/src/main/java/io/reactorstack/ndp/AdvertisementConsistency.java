package io.reactorstack.ndp;

import io.reactorstack.wire.NdpMessage.RouterAdvertisement;
import io.reactorstack.wire.NdpOption.Mtu;
import io.reactorstack.wire.NdpOption.PrefixInformation;
import org.jspecify.annotations.Nullable;

/**
 * The comparison of the advertisements of two routers of one link (RFC 4861 section 6.2.7). Hosts take the value that they
 * have heard last, so two routers that differ make them change it again and again. A value that a router leaves
 * unspecified agrees with any other.
 */
final class AdvertisementConsistency {

  private AdvertisementConsistency() {}

  /** Returns the first value of {@code other} that contradicts {@code own}, in words; {@code null} if there is none. */
  static @Nullable String conflict(RouterAdvertisement own, RouterAdvertisement other) {
    if (own.managed() != other.managed()) {
      return "managed flag";
    }
    if (own.otherConfiguration() != other.otherConfiguration()) {
      return "other-configuration flag";
    }
    if (differ(own.hopLimit(), other.hopLimit())) {
      return "hop limit " + other.hopLimit();
    }
    if (differ(own.reachableTime(), other.reachableTime())) {
      return "reachable time " + other.reachableTime() + " ms";
    }
    if (differ(own.retransTimer(), other.retransTimer())) {
      return "retransmission timer " + other.retransTimer() + " ms";
    }
    if (differ(mtu(own), mtu(other))) {
      return "MTU " + mtu(other);
    }
    return prefixConflict(own, other);
  }

  private static @Nullable String prefixConflict(RouterAdvertisement own, RouterAdvertisement other) {
    for (PrefixInformation theirs : prefixes(other)) {
      for (PrefixInformation ours : prefixes(own)) {
        if (ours.prefix().network().equals(theirs.prefix().network())
            && (ours.validLifetime() != theirs.validLifetime()
                || ours.preferredLifetime() != theirs.preferredLifetime())) {
          return "lifetimes of the prefix " + theirs.prefix().network();
        }
      }
    }
    return null;
  }

  private static Iterable<PrefixInformation> prefixes(RouterAdvertisement message) {
    return message.options().stream().filter(PrefixInformation.class::isInstance).map(PrefixInformation.class::cast)
        .toList();
  }

  private static boolean differ(long own, long other) {
    return own != 0 && other != 0 && own != other;
  }

  private static long mtu(RouterAdvertisement message) {
    Mtu option = message.option(Mtu.class);
    return option == null ? 0 : option.mtu();
  }
}
