package io.reactorstack.dns.jvm;

import java.security.Security;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Switches off the JDK's cache of names in the JVM of the tests, before the first look-up. */
public final class WithoutJdkCache implements LauncherSessionListener {

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
  }
}
