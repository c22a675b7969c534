package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.reactorstack.netty.StackLoopResources;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.retry.Retry;

/**
 * A client, a shop and a bank on a lossy network, written without any knowledge of the lab. The shop blocks on
 * Reactor's scheduler for blocking work, behind one lock, with a queue, sleeps and the date; the client retries with
 * random back-off.
 */
final class BlockingShop {

  private static final int REQUESTS = 10;

  private final StringBuilder log = new StringBuilder();
  private final Object stockroom = new Object();
  private final Map<String, Integer> stock = new HashMap<>();
  private final BlockingQueue<String> deliveries = new LinkedBlockingQueue<>();
  private final HttpClient toBank;

  private BlockingShop(Host host, ConnectionProvider pool) {
    this.toBank = HttpClient.create(pool).runOn(StackLoopResources.of(host.stack())).host("10.0.0.3").port(80);
  }

  /**
   * The values that must be equal in all runs of a seed.
   *
   * @param frames digest of all frames that the shop has sent or received, with their times in nanoseconds
   * @param log the lines that the shop wrote
   * @param answers the answers that the client received
   * @param took virtual time of the run
   */
  record Outcome(String frames, String log, List<String> answers, Duration took, List<Escape> escapes) {}

  /** Runs the world once. */
  static Outcome run(long seed) {
    MessageDigest frames = sha256();
    ConnectionProvider shopPool = ConnectionProvider.create("shop", 4);
    ConnectionProvider clientPool = ConnectionProvider.create("client", 4);
    try (Lab lab = Lab.virtual(seed)) {
      Switch lan = lab.newSwitch("lan");
      Host client = host(lab, lan, "client", "10.0.0.1/24");
      Host shop = host(lab, lan, "shop", "10.0.0.2/24");
      Host bank = host(lab, lan, "bank", "10.0.0.3/24");
      shop.observe((direction, frame, nanos) -> {
        frames.update((direction + " " + nanos + " ").getBytes(StandardCharsets.US_ASCII));
        ByteBuf bytes = frame.payload();
        for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
          frames.update(bytes.getByte(i));
        }
      });
      BlockingShop service = lab.call(() -> new BlockingShop(shop, shopPool));
      lab.await(HttpServer.create().runOn(StackLoopResources.of(bank.stack())).host("10.0.0.3").port(80)
          .handle((request, response) -> response.sendString(Mono.delay(Duration.ofMillis(30)).map(n -> "paid")))
          .bind());
      lab.await(HttpServer.create().runOn(StackLoopResources.of(shop.stack())).host("10.0.0.2").port(80)
          .handle((request, response) -> response.sendString(Mono
              .fromCallable(() -> service.order(request.uri()))
              .subscribeOn(Schedulers.boundedElastic())))
          .bind());
      HttpClient toShop = HttpClient.create(clientPool).runOn(StackLoopResources.of(client.stack())).host("10.0.0.2")
          .port(80);
      List<String> answers = lab.await(Flux.range(0, REQUESTS)
          .flatMap(n -> toShop.get().uri("/item" + n % 3).responseContent().aggregate().asString()
              .timeout(Duration.ofSeconds(3))
              .retryWhen(Retry.backoff(20, Duration.ofMillis(100)).jitter(0.9))
              .map(text -> n + ":" + text), 4)
          .collectList());
      lab.await(shopPool.disposeLater().and(clientPool.disposeLater()));
      return new Outcome(HexFormat.of().formatHex(frames.digest()), service.log.toString(),
          java.util.Objects.requireNonNull(answers),
          lab.now(), lab.escapes());
    }
  }

  private static Host host(Lab lab, Switch lan, String name, String address) {
    return lab.host(name).address(address)
        .wire(w -> w.delay(Duration.ofMillis(5)).jitter(Duration.ofMillis(2)).loss(0.03)).connectTo(lan);
  }

  /** Serves one order on a thread that may block. */
  private String order(String item) throws InterruptedException {
    String id = UUID.randomUUID().toString().substring(0, 8);
    synchronized (stockroom) {
      stock.merge(item, 1, Integer::sum);
      note("reserved", item, id);
      Thread.sleep(ThreadLocalRandom.current().nextInt(1, 10));
    }
    String paid = toBank.get().uri(item).responseContent().aggregate().asString().block(Duration.ofSeconds(20));
    @Nullable
    String delivery = deliveries.poll(50, TimeUnit.MILLISECONDS);
    synchronized (stockroom) {
      note(paid + " after " + delivery, item, id);
      deliveries.add(id);
      return id + " " + stock.get(item);
    }
  }

  private void note(String what, String item, String id) {
    log.append(Instant.now()).append(' ').append(System.nanoTime()).append(' ').append(what).append(' ').append(item)
        .append(' ').append(id).append(' ').append(Thread.currentThread().getName()).append('\n');
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
