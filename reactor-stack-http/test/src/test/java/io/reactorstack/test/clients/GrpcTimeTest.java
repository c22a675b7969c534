package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
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
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/**
 * Tests that gRPC follows the world's clock: deadlines on both sides and over two hops, keepalive, and blocking stubs.
 */
@Timeout(60)
class GrpcTimeTest {

  private static final MethodDescriptor<String, String> ASK = Grpc.unary("Ask");
  private static final InetSocketAddress FRONT = new InetSocketAddress("10.0.0.2", 50_051);
  private static final InetSocketAddress BACK = new InetSocketAddress("10.0.0.3", 50_051);
  private static final Duration WORK = Duration.ofMillis(20);
  private static final Duration DEADLINE = Duration.ofMillis(300);

  private final Lab lab = Lab.builder().seed(5).strict().virtualTime();
  private final List<Duration> cancelled = new ArrayList<>();
  private final List<Server> servers = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private Host client;
  private Host front;
  private Host back;

  @BeforeEach
  void start() {
    Switch lan = lab.newSwitch("lan");
    client = lab.host("client").address("10.0.0.1/24").connectTo(lan);
    front = lab.host("front").address("10.0.0.2/24").connectTo(lan);
    back = lab.host("back").address("10.0.0.3/24").connectTo(lan);
  }

  @AfterEach
  void stop() {
    lab.run(() -> channels.forEach(ManagedChannel::shutdownNow));
    lab.run(() -> servers.forEach(Server::shutdownNow));
    lab.advance(Duration.ofSeconds(1));
    lab.close();
  }

  private ManagedChannel channel(Host from, InetSocketAddress to) {
    ManagedChannel channel = lab.blocking(() -> Grpc.channel(from, to, settings -> settings
        .keepAliveTime(10, TimeUnit.SECONDS).keepAliveTimeout(5, TimeUnit.SECONDS)));
    channels.add(channel);
    return channel;
  }

  private void serve(Host host, InetSocketAddress local, Function<String, Mono<String>> answers) {
    BindableService service = () -> ServerServiceDefinition.builder("Lab").addMethod(ASK,
        ServerCalls.asyncUnaryCall((String request, StreamObserver<String> answer) -> {
          var caller = (ServerCallStreamObserver<String>) answer;
          caller.setOnCancelHandler(() -> cancelled.add(lab.now()));
          answers.apply(request).subscribe(text -> {
            caller.onNext(text);
            caller.onCompleted();
          }, caller::onError);
        })).build();
    servers.add(lab.blocking(() -> Grpc.server(host, local, service)));
  }

  private Mono<String> ask(ManagedChannel channel, CallOptions options) {
    return Mono.defer(() -> Grpc.call(channel, ASK, options, "when"));
  }

  private Status.Code failure(Mono<String> call) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> lab.await(call)).getStatus().getCode();
  }

  private static Mono<String> withDeadline(Function<CallOptions, Mono<String>> call) {
    return Mono
        .defer(() -> call.apply(CallOptions.DEFAULT.withDeadlineAfter(DEADLINE.toNanos(), TimeUnit.NANOSECONDS)));
  }

  @Test
  void aDeadlineEndsACallOnBothSidesAtItsInstant() {
    serve(back, BACK, request -> Mono.never());
    ManagedChannel channel = channel(client, BACK);
    assertThat(failure(withDeadline(options -> ask(channel, options)))).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(lab.now()).isEqualTo(DEADLINE);
    lab.advance(Duration.ofSeconds(1));
    assertThat(cancelled).containsExactly(DEADLINE);
  }

  /**
   * The deadline of a call is in gRPC's context, which belongs to the handler's thread; code that runs after a timer
   * does not have it.
   */
  @Test
  void aDeadlineIsLostAfterATimerUnlessTheContextIsKept() {
    serve(back, BACK, request -> Mono.just(String.valueOf(remaining())));
    ManagedChannel between = channel(front, BACK);
    serve(front, FRONT, request -> {
      Context context = Context.current();
      Mono<String> there = ask(between, CallOptions.DEFAULT);
      Mono<String> kept = Mono.create(sink -> context.run(
          () -> ask(between, CallOptions.DEFAULT).subscribe(sink::success, sink::error)));
      return Mono.delay(WORK).then(there.zipWith(kept, (lost, given) -> lost + " " + given));
    });
    ManagedChannel channel = channel(client, FRONT);
    assertThat(lab.await(withDeadline(options -> ask(channel, options))))
        .isEqualTo("none " + DEADLINE.minus(WORK).toMillis());
  }

  private static String remaining() {
    Deadline deadline = Context.current().getDeadline();
    return deadline == null ? "none" : String.valueOf(deadline.timeRemaining(TimeUnit.MILLISECONDS));
  }

  @Test
  void keepaliveDetectsACutAfterItsIntervalAndTimeout() {
    serve(back, BACK, request -> Mono.never());
    ManagedChannel channel = channel(client, BACK);
    lab.await(Mono.delay(Duration.ofSeconds(1)).doOnNext(tick -> back.wire().cut())
        .and(Mono.fromRunnable(() -> ask(channel, CallOptions.DEFAULT).subscribe(text -> {}, e -> {}))));
    assertThat(failure(ask(channel, CallOptions.DEFAULT))).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(lab.now()).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void blockingStubsWaitInVirtualTime() {
    serve(back, BACK, request -> Mono.delay(WORK).thenReturn("now"));
    ManagedChannel channel = channel(client, BACK);
    String text = lab.blocking(() -> ClientCalls.blockingUnaryCall(channel, ASK, CallOptions.DEFAULT, "when"));
    assertThat(text).isEqualTo("now");
    assertThat(lab.now()).isEqualTo(WORK);
  }
}
