package io.reactorstack.dns.jvm;

import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.jvm.lookup.Installation;
import io.reactorstack.setting.Checks;

/**
 * Sets the resolver of the JVM: the one behind {@link java.net.InetAddress#getByName}, and so behind the JDK's sockets and
 * {@code HttpClient}, JDBC drivers and every other library that knows no resolver of its own.
 *
 * <pre>{@code
 * Security.setProperty("networkaddress.cache.ttl", "0"); // before the first look-up: DnsResolver has a better cache
 * Security.setProperty("networkaddress.cache.negative.ttl", "0");
 * JvmResolver.use(DnsResolver.create());
 * HttpClient.newHttpClient().send(…);
 * }</pre>
 *
 * <p>With this artefact in the class path or module path, the JDK finds it by itself. It changes nothing until {@link #use}
 * is called: look-ups go to the JDK's built-in resolver. There is one exception. Code that runs in a world of the lab, in
 * virtual time, gets the addresses of that world's hosts, immediately, whatever {@link #use} has set; no other thread sees
 * these hosts.
 *
 * <p>A look-up blocks the calling thread, as always in the JDK, until the resolver has an answer; it may be a virtual
 * thread. The resolver's timeouts limit that time. An interrupt ends the look-up with an {@link
 * java.net.UnknownHostException}, and the thread stays interrupted. All failures are {@code UnknownHostException}s, mostly
 * {@link io.reactorstack.dns.outcome.DnsException}s, whose reason says whether a later try may succeed.
 *
 * <p>On the event loop of the resolver itself, only names that need no query are resolved; all others fail immediately with
 * a message that says so, since the loop would wait for itself. Code on an event loop should use the {@code Mono}s of {@link
 * DnsResolver}. Any other thread waits, and BlockHound reports it if it must not block. A look-up that is made by a look-up
 * of the same thread goes to the built-in resolver.
 *
 * <p>The JDK keeps answers for 30 s, and failures for 10 s, in a cache of its own, in front of this resolver; the page
 * {@code jvm-resolver.md} of the documentation says how to switch it off, and why.
 */
public final class JvmResolver {

  private JvmResolver() {}

  /**
   * Resolves the names of this JVM by {@code resolver} from now on; replaces an earlier one. Answers that the JDK has
   * already cached stay valid until they expire.
   *
   * <p>If it is the first use of host names in this JVM, the JDK searches for its resolver now, with the context class
   * loader of the calling thread.
   *
   * @throws IllegalStateException if the JVM has another resolver: the property {@code jdk.net.hosts.file} is set, another
   *     provider was found first, or the class loader that the JDK searched with does not see this artefact
   */
  public static void use(DnsResolver resolver) {
    Installation.use(Checks.given("resolver", resolver));
  }

  /** Returns look-ups to the JDK's built-in resolver. Does nothing if {@link #use} was not called. */
  public static void reset() {
    Installation.reset();
  }
}
