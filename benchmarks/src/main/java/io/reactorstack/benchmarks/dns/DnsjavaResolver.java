package io.reactorstack.benchmarks.dns;

import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.xbill.DNS.Cache;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.lookup.LookupSession;

/**
 * The resolver of dnsjava.
 *
 * @param resolver sends queries
 * @param session looks names up by {@code resolver}, or {@code null} to send queries only
 */
record DnsjavaResolver(SimpleResolver resolver, LookupSession session) implements Resolver {

  /** Returns a resolver that only sends queries. */
  static DnsjavaResolver simple(NameServer server) {
    return new DnsjavaResolver(simpleResolver(server), null);
  }

  /** Returns a look-up session without a cache. */
  static DnsjavaResolver uncached(NameServer server) {
    SimpleResolver resolver = simpleResolver(server);
    return new DnsjavaResolver(resolver, LookupSession.builder().resolver(resolver).build());
  }

  /** Returns a look-up session with {@code cache}. */
  static DnsjavaResolver cached(NameServer server, Cache cache) {
    SimpleResolver resolver = simpleResolver(server);
    return new DnsjavaResolver(resolver, LookupSession.builder().resolver(resolver).cache(cache).build());
  }

  private static SimpleResolver simpleResolver(NameServer server) {
    return new SimpleResolver(server.address());
  }

  /** Returns {@code text} as an absolute name. */
  static Name name(String text) {
    try {
      return Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private static int number(Type type) {
    return type == Type.A ? org.xbill.DNS.Type.A : org.xbill.DNS.Type.AAAA;
  }

  @Override
  public void ask(String name, Type type, Consumer<Throwable> end) {
    CompletionStage<?> answer = session == null
        ? resolver.sendAsync(Message.newQuery(Record.newRecord(name(name), number(type), DClass.IN)))
        : session.lookupAsync(name(name), number(type));
    answer.whenComplete((value, failure) -> end.accept(failure));
  }

  @Override
  public void close() {
    // Its threads are those of the class NioClient, and end with the JVM.
  }
}
