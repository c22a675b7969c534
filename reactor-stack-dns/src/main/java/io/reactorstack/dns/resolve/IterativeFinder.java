package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.RecordCache;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.packet.IpAddress;
import reactor.core.publisher.Mono;

/**
 * Finds records by descending from the root through the delegations (RFC 1034 section 5.3.3), with as few labels of the
 * name in each query as possible (RFC 9156).
 */
public final class IterativeFinder implements Finder {

  /** Resolves other questions for a finder: the addresses of servers, and the servers of the root. */
  public interface Helper {

    /**
     * Returns the answer to {@code question}, which {@code job} waits for; a failure if it waits for itself.
     *
     * <p><b>Backpressure:</b> one value. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> to be subscribed to on the
     * event loop, where it signals. <b>Cancellation:</b> abandons the question if nobody else waits for it.
     */
    Mono<Answer> ask(Question question, Job job);
  }

  private final Tools tools;
  private final RecordCache cache;
  private final RootHints hints;
  private final boolean minimises;
  private final Helper helper;

  /** Creates a finder. */
  public IterativeFinder(Tools tools, RecordCache cache, RootHints hints, boolean minimises, Helper helper) {
    this.tools = tools;
    this.cache = cache;
    this.hints = hints;
    this.minimises = minimises;
    this.helper = helper;
  }

  @Override
  public Mono<Reading> find(Question question, Job job) {
    return new Descent(this, question, job).reading();
  }

  Tools tools() {
    return tools;
  }

  RecordCache cache() {
    return cache;
  }

  RootHints hints() {
    return hints;
  }

  boolean minimises() {
    return minimises;
  }

  Helper helper() {
    return helper;
  }

  /** Returns whether the host can send packets to {@code address}. */
  boolean reaches(IpAddress address) {
    return tools.host().hasAddress(address.isV4());
  }
}
