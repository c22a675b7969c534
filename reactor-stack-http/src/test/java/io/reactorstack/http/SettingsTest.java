package io.reactorstack.http;

import io.reactorstack.NetworkStack;
import io.reactorstack.lab.Lab;
import io.reactorstack.name.NameResolver;
import io.reactorstack.testing.SetterWalk;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.netty.resources.ConnectionProvider;

/** Checks that every public setter of HTTP on the stack rejects wrong values when it is called. */
class SettingsTest {

  private final Lab lab = Lab.virtual(9);
  private final NetworkStack stack = lab.host("host").address("10.0.0.1/24").connectTo(lab.newSwitch("lan")).stack();

  @AfterEach
  void closeLab() {
    lab.close();
  }

  @Test
  void everySetterRejectsWrongValuesWithAHelpfulMessage() {
    SetterWalk.over(StackHttp.class)
        .sample(NetworkStack.class, () -> stack)
        .sample(NameResolver.class, NameResolver::none)
        .sample(ConnectionProvider.class, ConnectionProvider::newConnection)
        .sample(InetSocketAddress.class, () -> new InetSocketAddress(80))
        .sample(String.class, () -> "pool")
        .sample(Duration.class, () -> Duration.ofSeconds(1))
        .valid("zero means no limit", "StackHttp.pool(maxIdleTime=zero)", "StackHttp.pool(maxLifeTime=zero)")
        .walk();
  }
}
