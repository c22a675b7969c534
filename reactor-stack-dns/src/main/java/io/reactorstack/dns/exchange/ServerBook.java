package io.reactorstack.dns.exchange;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * The memory of a resolver about servers: their round-trip times and failures (RFC 1035 section 7.2), and the
 * extensions that they support. A bounded number of servers is remembered, each until it was not used for a while. Used
 * on the event loop only.
 */
public final class ServerBook {

  /** The time for which a server that did not answer, or cannot answer for a zone, is tried last (RFC 2308 section 7). */
  public static final Duration SILENCE = Duration.ofSeconds(30);

  /** RFC 2308 section 7.2: a server is not taken for dead for more than five minutes. */
  private static final Duration MAX_SILENCE = Duration.ofMinutes(5);

  /** The time to wait for a server that has not been used yet. */
  private static final Duration UNKNOWN = Duration.ofMillis(400);

  /** The least time to wait for a server, so that jitter does not cause repeated queries. */
  private static final Duration LEAST = Duration.ofMillis(100);

  /** The longest time to wait for a server before another one is tried. */
  private static final Duration MOST = Duration.ofSeconds(10);

  /** Servers whose expected times differ by less than this are used in random order, which an attacker cannot predict. */
  private static final Duration BAND = Duration.ofMillis(100);

  /** The time for which missing support of an extension is remembered. */
  private static final Duration UNSUPPORTED = Duration.ofMinutes(15);

  /** The time after which a round-trip time says nothing about the present, and a slow server gets another chance. */
  private static final Duration OUTDATED = Duration.ofMinutes(15);

  private static final int MAX_SERVERS = 10_000;
  private static final int MAX_ZONES = 32;
  private static final int MAX_DOUBLINGS = 4;

  private final LongSupplier clock;
  private final RandomGenerator random;
  private final Cache<Endpoint, Entry> entries;

  /**
   * Creates an empty book.
   *
   * @param clock the time in nanoseconds
   * @param random the source of client cookies and of the order of servers
   */
  public ServerBook(LongSupplier clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
    this.entries = Caffeine.newBuilder()
        .maximumSize(MAX_SERVERS)
        .expireAfterAccess(UNSUPPORTED.multipliedBy(2))
        .ticker(clock::getAsLong)
        .executor(Runnable::run)
        .build();
  }

  /** The notes about one server; times are those of the clock. */
  private static final class Entry {

    private long smoothed = -1;
    private long variation;
    private long heardAt;
    private int timeouts;
    private long lastTimeout;
    private @Nullable Long silentSince;
    private boolean usesEdns;
    private @Nullable Long withoutEdns;
    private @Nullable Long losesCase;
    private byte @Nullable [] clientCookie;
    private byte @Nullable [] serverCookie;
    private final Map<Name, Long> lameFor = new HashMap<>();
  }

  private Entry entry(Endpoint server) {
    return entries.get(server, s -> new Entry());
  }

  private @Nullable Entry known(Endpoint server) {
    return entries.getIfPresent(server);
  }

  /** Records that {@code server} has answered after {@code roundTrip} nanoseconds (RFC 6298 section 2). */
  void answered(Endpoint server, long roundTrip) {
    Entry entry = entry(server);
    if (entry.smoothed < 0) {
      entry.smoothed = roundTrip;
      entry.variation = roundTrip / 2;
    } else {
      entry.variation += (Math.abs(entry.smoothed - roundTrip) - entry.variation) / 4;
      entry.smoothed += (roundTrip - entry.smoothed) / 8;
    }
    entry.heardAt = clock.getAsLong();
    entry.timeouts = 0;
    entry.silentSince = null;
  }

  /**
   * Records that {@code server} has not answered in time. Queries that were outstanding together count once, and a server
   * that has answered another query in the meantime is not silent.
   *
   * @param waited the time since the query was sent
   */
  public void silent(Endpoint server, Duration waited) {
    Entry entry = entry(server);
    long now = clock.getAsLong();
    long sentAt = now - waited.toNanos();
    if (entry.timeouts > 0 && sentAt - entry.lastTimeout < 0) {
      return;
    }
    entry.timeouts++;
    entry.lastTimeout = now;
    if (entry.smoothed < 0 || entry.heardAt - sentAt <= 0) {
      entry.silentSince = now;
    }
  }

  /** Records that {@code server} cannot answer for {@code zone}, which it is said to serve (RFC 1912 section 2.8). */
  public void lame(Endpoint server, Name zone) {
    Map<Name, Long> lameFor = entry(server).lameFor;
    lameFor.values().removeIf(since -> isOver(since, SILENCE));
    if (lameFor.size() < MAX_ZONES || lameFor.containsKey(zone)) {
      lameFor.put(zone, clock.getAsLong());
    }
  }

  /**
   * Returns the time to wait for an answer of {@code server} before another server is tried: that of RFC 6298 section 2,
   * but at least one and a half times the round-trip time (RFC 1035 section 7.2), because no clock granularity keeps it
   * above a round-trip time that does not vary.
   */
  public Duration patience(Endpoint server) {
    Entry entry = known(server);
    long expected = entry == null || entry.smoothed < 0
        ? UNKNOWN.toNanos()
        : Math.max(LEAST.toNanos(), entry.smoothed + Math.max(entry.smoothed / 2, 4 * entry.variation));
    int doublings = entry == null ? 0 : Math.min(entry.timeouts, MAX_DOUBLINGS);
    return Duration.ofNanos(Math.min(expected << doublings, MOST.toNanos()));
  }

  /** Returns whether {@code server} has recently not answered, so that others should be tried before it. */
  public boolean isSilent(Endpoint server) {
    Entry entry = known(server);
    Long since = entry == null ? null : entry.silentSince;
    if (entry == null || since == null) {
      return false;
    }
    Duration silence = SILENCE.multipliedBy(1L << Math.min(entry.timeouts - 1, MAX_DOUBLINGS));
    return !isOver(since, silence.compareTo(MAX_SILENCE) < 0 ? silence : MAX_SILENCE);
  }

  /** Returns whether {@code server} has recently been unable to answer for {@code zone}. */
  public boolean isLame(Endpoint server, Name zone) {
    Entry entry = known(server);
    Long since = entry == null ? null : entry.lameFor.get(zone);
    return since != null && !isOver(since, SILENCE);
  }

  /** Returns {@code servers} in their order, but those that have recently not answered last. */
  public List<Endpoint> configuredOrder(List<Endpoint> servers) {
    List<Endpoint> order = new ArrayList<>(servers);
    order.sort(Comparator.comparing(this::isSilent)); // a stable sort
    return order;
  }

  /**
   * Returns {@code servers} of {@code zone} in the order in which to try them: by their round-trip times, those with
   * similar times in random order, then those that have recently not answered, then those that are lame for the zone.
   */
  public List<Endpoint> bestOrder(Collection<Endpoint> servers, Name zone) {
    record Rank(Endpoint server, long band, double chance) {}
    return servers.stream()
        .map(server -> new Rank(server, band(server, zone), random.nextDouble()))
        .sorted(Comparator.comparingLong(Rank::band).thenComparingDouble(Rank::chance))
        .map(Rank::server).toList();
  }

  private long band(Endpoint server, Name zone) {
    if (isLame(server, zone)) {
      return Long.MAX_VALUE;
    }
    if (isSilent(server)) {
      return Long.MAX_VALUE - 1;
    }
    Entry entry = known(server);
    // A server that was never used, or not for some time, is tried early, so that its round-trip time becomes known.
    return entry == null || entry.smoothed < 0 || isOver(entry.heardAt, OUTDATED)
        ? 0
        : entry.smoothed / BAND.toNanos();
  }

  /** Returns whether to send an OPT record to {@code server}. */
  boolean usesEdns(Endpoint server) {
    Entry entry = known(server);
    return entry == null || isForgotten(entry.withoutEdns);
  }

  /** Returns whether {@code server} has answered with an OPT record before. */
  boolean hasUsedEdns(Endpoint server) {
    Entry entry = known(server);
    return entry != null && entry.usesEdns;
  }

  /** Records that {@code server} has answered with an OPT record. */
  void knowsEdns(Endpoint server) {
    Entry entry = entry(server);
    entry.usesEdns = true;
    entry.withoutEdns = null;
  }

  /** Records that {@code server} answers only queries without an OPT record. */
  void lacksEdns(Endpoint server) {
    Entry entry = entry(server);
    entry.usesEdns = false;
    entry.withoutEdns = clock.getAsLong();
  }

  /** Returns whether {@code server} is believed to send the question back with the letter case of the query. */
  boolean keepsCase(Endpoint server) {
    Entry entry = known(server);
    return entry == null || isForgotten(entry.losesCase);
  }

  /** Records that {@code server} does not keep the letter case of the question. */
  void losesCase(Endpoint server) {
    entry(server).losesCase = clock.getAsLong();
  }

  /** Returns the client cookie for {@code server}: random, and another one for each server (RFC 9018 section 3). */
  byte[] clientCookie(Endpoint server) {
    Entry entry = entry(server);
    byte[] cookie = entry.clientCookie;
    if (cookie == null) {
      cookie = new byte[8];
      random.nextBytes(cookie);
      entry.clientCookie = cookie;
    }
    return cookie;
  }

  /** Returns the last cookie of {@code server}, or {@code null} if it has sent none. */
  byte @Nullable [] serverCookie(Endpoint server) {
    Entry entry = known(server);
    return entry == null ? null : entry.serverCookie;
  }

  /** Records the cookie that {@code server} has sent; {@code null} if it sends none any more. */
  void serverCookie(Endpoint server, byte @Nullable [] cookie) {
    entry(server).serverCookie = cookie;
  }

  private boolean isForgotten(@Nullable Long since) {
    return since == null || isOver(since, UNSUPPORTED);
  }

  private boolean isOver(long since, Duration duration) {
    return clock.getAsLong() - since >= duration.toNanos();
  }
}
