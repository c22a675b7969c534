package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.junit.jupiter.api.Test;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.http.client.HttpClient;

/** Tests that only the use of Spring's client needs Spring. */
class WithoutSpringTest {

  /** Loads the classes of this package again and hides Spring from them. */
  private static final class NoSpring extends ClassLoader {

    NoSpring() {
      super(WithoutSpringTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("org.springframework.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("io.reactorstack.test.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> known = findLoadedClass(name);
      return known != null ? known : read(name);
    }

    private Class<?> read(String name) throws ClassNotFoundException {
      try (InputStream file = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (file == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] octets = file.readAllBytes();
        return defineClass(name, octets, 0, octets.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  @Test
  void everythingExceptSpringsClientWorks() throws Throwable {
    try (Lab lab = Lab.virtual(1)) {
      Host host = lab.host("host").on(lab.newSwitch("lan"), "10.0.0.1/24").start();
      Class<?> http = new NoSpring().loadClass(LabHttp.class.getName());
      assertThat(http).isNotEqualTo(LabHttp.class);
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Object made = lookup.findStatic(http, "of", MethodType.methodType(http, Host.class)).invoke(host);
      MethodHandle client = lookup.findVirtual(http, "client", MethodType.methodType(HttpClient.class));
      assertThat(client.invoke(made)).isInstanceOf(HttpClient.class);
      assertThatThrownBy(() -> lookup.findStatic(http, "webClient", MethodType.methodType(WebClient.class, Host.class))
          .invoke(host)).isInstanceOfAny(NoClassDefFoundError.class, IllegalAccessException.class, LinkageError.class);
    }
  }
}
