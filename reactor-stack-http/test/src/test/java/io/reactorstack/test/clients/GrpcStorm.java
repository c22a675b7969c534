package io.reactorstack.test.clients;

import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.retry.Retry;

/**
 * Sixteen guests on four hosts, which make gRPC calls with deadlines, and a server that does one job at a time and is
 * busy for less than half of the time. The wire of the server is cut for a second or two.
 *
 * <p>The naive server does every job, even if its caller has given up, and the naive guests retry immediately. After
 * the cut the server is late with each job, so each guest calls again, and this never ends. The fixed server skips a
 * job that cannot be done before its deadline, and the fixed guests wait between attempts.
 */
final class GrpcStorm implements Scenario {

  private static final MethodDescriptor<String, String> COOK = Grpc.unary("Cook");
  private static final InetSocketAddress KITCHEN = new InetSocketAddress("10.0.0.200", 50_051);
  private static final int HOSTS = 4;
  private static final int GUESTS = 16;
  private static final int CALLS = 5;
  private static final Duration JOB = Duration.ofMillis(40);
  private static final Duration DEADLINE = Duration.ofMillis(500);
  /** Several times the duration that the fixed services need. */
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Lab lab;
  private final boolean mended;
  private final Host kitchen;
  private final Server server;
  private final List<ManagedChannel> channels;
  private int answered;

  GrpcStorm(Lab lab, boolean mended) {
    this.lab = lab;
    this.mended = mended;
    Switch lan = lab.newSwitch("lan");
    this.kitchen = lab.host("kitchen").address("10.0.0.200/24").connectTo(lan);
    List<Host> hosts = new ArrayList<>();
    for (int n = 1; n <= HOSTS; n++) {
      hosts.add(lab.host("host-" + n).address("10.0.0." + n + "/24")
          .wire(wire -> wire.delay(Duration.ofMillis(5)).jitter(Duration.ofMillis(2)).loss(0.01)).connectTo(lan));
    }
    this.server = lab.blocking(() -> Grpc.server(kitchen, KITCHEN, new Kitchen(mended)));
    this.channels = lab.blocking(() -> hosts.stream()
        .map(host -> Grpc.channel(host, KITCHEN, settings -> settings)).toList());
  }

  @Override
  public List<String> run() {
    var chance = lab.random("cut");
    Mono<?> cut = Mono.delay(Duration.ofMillis(chance.nextInt(200, 2000))).doOnNext(tick -> kitchen.wire().cut())
        .then(Mono.delay(Duration.ofMillis(chance.nextInt(200, 2000)))).doOnNext(tick -> kitchen.wire().mend());
    lab.await(Flux.range(0, GUESTS).flatMap(n -> guest(channels.get(n % HOSTS)), GUESTS).then().and(cut)
        .takeUntilOther(Mono.delay(LIMIT)));
    lab.run(() -> channels.forEach(ManagedChannel::shutdownNow));
    // The server keeps its connections in the order of their identity hashes, which the seed does not determine, so it
    // must not close them itself.
    lab.advance(Duration.ofSeconds(1));
    lab.run(server::shutdownNow);
    int all = GUESTS * CALLS;
    return answered == all
        ? List.of()
        : List.of(answered + " of " + all + " calls answered within " + LIMIT.toSeconds() + " s");
  }

  /** Makes the calls of one guest, one after the other, with a pause before each. */
  private Mono<Void> guest(Channel channel) {
    return Flux.range(0, CALLS).concatMap(n -> Mono.defer(() -> Mono.delay(pause()))
        .then(mended
            ? order(channel).retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(100))
                .maxBackoff(Duration.ofSeconds(2)))
            : order(channel).retry())
        .doOnNext(dish -> answered++)).then();
  }

  private Duration pause() {
    return Duration.ofMillis(lab.random().nextInt(1000));
  }

  private Mono<String> order(Channel channel) {
    return Mono.defer(() -> Grpc.call(channel, COOK,
        CallOptions.DEFAULT.withWaitForReady().withDeadlineAfter(DEADLINE.toNanos(), TimeUnit.NANOSECONDS), "soup"));
  }

  /** The server: one job at a time, in the order of the calls. */
  private static final class Kitchen implements BindableService {

    /** A job, its caller and its deadline. */
    private record Job(ServerCallStreamObserver<String> caller, Deadline deadline) {

      boolean isWorthDoing() {
        return !caller.isCancelled() && deadline.timeRemaining(TimeUnit.NANOSECONDS) > JOB.toNanos();
      }

      void done() {
        if (!caller.isCancelled()) {
          caller.onNext("soup");
          caller.onCompleted();
        }
      }
    }

    private final Sinks.Many<Job> jobs = Sinks.many().unicast().onBackpressureBuffer();

    Kitchen(boolean mended) {
      jobs.asFlux().concatMap(job -> mended && !job.isWorthDoing() ? Mono.empty() : Mono.delay(JOB).thenReturn(job))
          .subscribe(Job::done);
    }

    @Override
    public ServerServiceDefinition bindService() {
      return ServerServiceDefinition.builder("Lab").addMethod(COOK,
          ServerCalls.asyncUnaryCall((String dish, StreamObserver<String> answer) -> {
            var caller = (ServerCallStreamObserver<String>) answer;
            caller.setOnCancelHandler(() -> {});
            jobs.tryEmitNext(new Job(caller, Context.current().getDeadline())).orThrow();
          })).build();
    }
  }
}
