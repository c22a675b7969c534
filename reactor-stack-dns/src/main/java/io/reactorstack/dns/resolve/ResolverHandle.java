package io.reactorstack.dns.resolve;

import io.reactorstack.dns.transport.DnsHost;
import io.reactorstack.dns.wire.Question;
import reactor.core.publisher.Mono;

/**
 * The superclass of {@code DnsResolver}: holds the parts that users of the resolver do not see.
 *
 * <p>{@link #access} returns them to the servers and commands of this module.
 */
public abstract class ResolverHandle {

  private final DnsHost host;
  private final Resolutions resolutions;

  /** Creates a handle for a resolver that runs on {@code host}. */
  protected ResolverHandle(DnsHost host, Resolutions resolutions) {
    this.host = host;
    this.resolutions = resolutions;
  }

  /** The inner parts of a resolver. */
  public record Access(DnsHost host, Resolutions resolutions) {

    /**
     * Returns the answer to {@code question}, with everything that a server needs for a response; never fails.
     *
     * <p><b>Backpressure:</b> one value. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on any
     * thread; signals there if the cache has the answer, otherwise on the event loop. <b>Cancellation:</b> on the event
     * loop only; abandons the question if nobody else waits for it.
     */
    public Mono<Answer> answer(Question question) {
      return Mono.defer(() -> {
        Answer known = resolutions.known(question);
        return known != null
            ? Mono.just(known)
            : Mono.<Answer>create(sink -> host.execute(() -> sink.onDispose(
                resolutions.ask(question).subscribe(sink::success, sink::error))));
      });
    }
  }

  /** Returns the inner parts of {@code resolver}. */
  public static Access access(ResolverHandle resolver) {
    return new Access(resolver.host, resolver.resolutions);
  }
}
