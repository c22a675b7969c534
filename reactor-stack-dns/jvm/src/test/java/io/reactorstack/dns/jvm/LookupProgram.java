package io.reactorstack.dns.jvm;

import io.reactorstack.dns.DnsResolver;
import io.reactorstack.lab.Escape;
import io.reactorstack.lab.Lab;
import io.reactorstack.packet.IpAddress;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import reactor.core.publisher.Mono;

/**
 * Looks up names by the JVM's resolver on the kernel's sockets, as a program of a user does. The tests run it in
 * a JVM of its own and read the lines that it prints: a title and a result.
 */
final class LookupProgram {

  private static final Duration SOON = Duration.ofSeconds(20);

  private LookupProgram() {}

  public static void main(String[] titles) throws Exception {
    switch (titles[0]) {
      case "names" -> names();
      case "cache" -> cache();
      case "world" -> world();
      case "refused" -> print("use", () -> {
        JvmResolver.use(DnsResolver.create());
        return "accepted";
      });
      default -> throw new IllegalArgumentException(titles[0]);
    }
    System.exit(0); // Reactor Netty's threads are daemons; a test that was left waiting must not keep the JVM.
  }

  private static void names() throws Exception {
    print("built-in", () -> addresses("web.test"));
    DnsResolver resolver = DnsResolver.create();
    JvmResolver.use(resolver);
    lookUp();
    onTheLoop(resolver);
    useByLibraries();
    print("own hosts", () -> {
      JvmResolver.use(resolver.hosts(Map.of("mine.test", List.of(IpAddress.parse("10.3.3.3")))));
      return addresses("mine.test");
    });
    JvmResolver.reset();
    print("after reset", () -> addresses("mine.test"));
    print("built-in after reset", () -> addresses("web.test"));
    print("stalled loop", () -> stalled(resolver));
  }

  private static void lookUp() throws Exception {
    print("resolver", () -> addresses("web.test"));
    print("one address", () -> InetAddress.getByName("db.test").toString());
    print("search domain", () -> addresses("db"));
    print("hosts file", () -> addresses("printer"));
    print("name", () -> InetAddress.getByName("192.168.77.2").getCanonicalHostName());
    print("name in the hosts file", () -> InetAddress.getByName("192.168.77.9").getCanonicalHostName());
    print("unknown", () -> addresses("none.test"));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> found = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String name = "h" + i + ".test";
        found.add(threads.submit(() -> InetAddress.getByName(name).getHostAddress()));
      }
      long right = 0;
      for (int i = 0; i < 100; i++) {
        right += found.get(i).get().equals("10.1.0." + i) ? 1 : 0;
      }
      System.out.println("virtual threads: " + right);
    }
  }

  private static void onTheLoop(DnsResolver resolver) throws Exception {
    print("known name on the loop", () -> onTheLoop(resolver, () -> addresses("web.test")));
    print("other name on the loop", () -> onTheLoop(resolver, () -> addresses("late.test")));
  }

  private static String onTheLoop(DnsResolver resolver, Callable<String> code) {
    return Objects.requireNonNull(resolver.clearCache().then(resolver.resolve("web.test").collectList())
        .flatMap(answer -> Mono.fromCallable(code)).block(SOON));
  }

  private static void useByLibraries() throws Exception {
    print("http", () -> {
      try (HttpClient client = HttpClient.newHttpClient()) {
        return client.send(HttpRequest.newBuilder(URI.create("http://web.test/")).build(), BodyHandlers.ofString())
            .body().strip();
      }
    });
    print("jdbc", () -> {
      try (var connection = DriverManager.getConnection("jdbc:postgresql://db.test:5432/postgres", "example", "");
          var result = connection.createStatement().executeQuery("SELECT host(inet_server_addr())")) {
        result.next();
        return result.getString(1);
      }
    });
  }

  /**
   * Blocks the resolver's loop in a look-up that waits for this thread's look-up of the same name, which waits for the
   * loop; the DNS server does not answer meanwhile.
   */
  private static String stalled(DnsResolver resolver) throws Exception {
    try (DatagramSocket silent = new DatagramSocket(new InetSocketAddress("192.168.77.3", 53))) {
      DnsResolver slow = resolver.servers(IpAddress.parse("192.168.77.3"));
      JvmResolver.use(slow);
      FutureTask<String> waiting = new FutureTask<>(() -> addresses("slow.test"));
      Thread.startVirtualThread(waiting);
      silent.receive(new DatagramPacket(new byte[512], 512)); // the query
      Future<String> blocked = slow.clearCache().then(Mono.fromCallable(() -> tried(() -> addresses("slow.test"))))
          .toFuture();
      return tried(waiting::get) + " / on the loop: " + blocked.get();
    }
  }

  /** The JDK's cache as it is by default. */
  private static void cache() throws Exception {
    DnsResolver resolver = DnsResolver.create();
    JvmResolver.use(resolver);
    print("first", () -> addresses("web.test"));
    print("first failure", () -> addresses("none.test"));
    JvmResolver.use(resolver.hosts(Map.of("web.test", List.of(IpAddress.parse("10.3.3.3")),
        "none.test", List.of(IpAddress.parse("10.3.3.4")))));
    print("second", () -> addresses("web.test"));
    print("second failure", () -> addresses("none.test"));
  }

  private static void world() {
    try (Lab lab = Lab.virtual(1)) {
      lab.host("db").on(lab.newSwitch("lan"), "10.0.0.2/24").start();
      for (int i = 0; i < 2; i++) {
        print("in the world", () -> lab.await(Mono.fromCallable(() -> addresses("db"))));
        print("escape", () -> lab.escapes().stream().map(Escape::sentence).toList().toString());
      }
    }
    print("outside", () -> addresses("db"));
  }

  private static String addresses(String name) throws Exception {
    return Arrays.stream(InetAddress.getAllByName(name)).map(InetAddress::getHostAddress).toList().toString();
  }

  private static void print(String title, Callable<String> code) {
    System.out.println(title + ": " + tried(code));
  }

  private static String tried(Callable<String> code) {
    try {
      return code.call();
    } catch (Exception e) {
      Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
      while (cause.getCause() instanceof UnknownHostException inner) {
        cause = inner;
      }
      return cause.getClass().getSimpleName() + " " + cause.getMessage();
    }
  }
}
