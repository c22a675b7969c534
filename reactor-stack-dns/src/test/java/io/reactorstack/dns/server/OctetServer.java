package io.reactorstack.dns.server;

import io.reactorstack.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An authoritative server without a network, for tests of other packages: octets in, octets out. */
public final class OctetServer {

  private final List<Zone> zones = new ArrayList<>();
  private @Nullable ZoneAnswers answers;

  /** Adds a zone, which replaces the one of the same name. */
  public void serve(Zone zone) {
    zones.removeIf(old -> old.tree().origin().equals(zone.tree().origin()));
    zones.add(zone);
    answers = new ZoneAnswers(zones.stream().<Supplier<Zone>>map(each -> () -> each).toList(),
        new ServerCookies(new SplittableRandom(7), () -> 0));
  }

  /** Returns the response to a query of {@code client}, or {@code null} to send none. */
  public byte @Nullable [] answer(byte[] query, IpAddress client, boolean overTcp) {
    if (answers == null) {
      return null;
    }
    return overTcp ? answers.overTcp(query, client) : answers.overUdp(query, client);
  }
}
