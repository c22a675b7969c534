package io.reactorstack.dns.jvm.lookup;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The JDK's own cache of names. Its settings cannot be read, since they take effect only if they were set early enough, so
 * two names are tried: one that exists, and one that does not.
 */
final class JdkCache {

  /** No real name ends so (RFC 6761 section 6.4). */
  private static final String SUFFIX = ".reactor-stack-trial.invalid";
  private static final String FOUND = "found" + SUFFIX;
  private static final String ABSENT = "absent" + SUFFIX;

  private static final AtomicInteger ASKED = new AtomicInteger();

  /** The result, found out at the first use. */
  private static final class Trial {

    static final boolean KEEPS = isKept(FOUND) || isKept(ABSENT);

    private static boolean isKept(String name) {
      int before = ASKED.get();
      for (int i = 0; i < 2; i++) {
        try {
          InetAddress.getAllByName(name);
        } catch (UnknownHostException e) {
          // The name that does not exist.
        }
      }
      return ASKED.get() - before < 2;
    }
  }

  private JdkCache() {}

  /** Returns whether the JDK keeps addresses or failures. To be called by code of a world. */
  static boolean keepsAnswers() {
    return Trial.KEEPS;
  }

  static boolean isTrial(String host) {
    return host.endsWith(SUFFIX);
  }

  static Stream<InetAddress> answer(String host) throws UnknownHostException {
    ASKED.incrementAndGet();
    if (host.equals(ABSENT)) {
      throw new UnknownHostException(host);
    }
    return Stream.of(InetAddress.getLoopbackAddress());
  }
}
