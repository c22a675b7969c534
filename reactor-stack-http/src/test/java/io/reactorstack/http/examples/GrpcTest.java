package io.reactorstack.http.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.netty.StackLoopResources;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** gRPC's Netty transport on the stack, client and server, over a wire that loses frames. */
@Timeout(120)
class GrpcTest {

  private static final String SERVER = "10.0.0.2";
  private static final int PORT = 50_051;

  /** Strings instead of generated messages, because the test is about the transport. */
  private static final MethodDescriptor.Marshaller<String> TEXT = new MethodDescriptor.Marshaller<>() {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  };
  private static final MethodDescriptor<String, String> GREET = method("Greet", MethodDescriptor.MethodType.UNARY);
  private static final MethodDescriptor<String, String> COUNT = method("Count",
      MethodDescriptor.MethodType.SERVER_STREAMING);
  private static final MethodDescriptor<String, String> ECHO = method("Echo",
      MethodDescriptor.MethodType.BIDI_STREAMING);
  private static final MethodDescriptor<String, String> NEVER = method("Never", MethodDescriptor.MethodType.UNARY);

  private static MethodDescriptor<String, String> method(String name, MethodDescriptor.MethodType type) {
    return MethodDescriptor.newBuilder(TEXT, TEXT).setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName("Example", name)).build();
  }

  private final Lab lab = Lab.realTime(71);
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    Switch lan = lab.newSwitch("lan");
    Host asking = lab.host("client").address("10.0.0.1/24").wire(wire -> wire.delay(Duration.ofMillis(1)).loss(0.002))
        .connectTo(lan);
    Host answering = lab.host("server").address(SERVER + "/24").connectTo(lan);

    StackLoopResources serverLoops = StackLoopResources.of(answering.stack());
    EventLoopGroup serverGroup = serverLoops.onServer(true);
    server = NettyServerBuilder.forAddress(new InetSocketAddress(SERVER, PORT))
        .bossEventLoopGroup(serverGroup).workerEventLoopGroup(serverGroup)
        .channelFactory(() -> serverLoops.onChannel(ServerSocketChannel.class, serverGroup))
        .addService(ServerServiceDefinition.builder("Example")
            .addMethod(GREET, ServerCalls.asyncUnaryCall((String name, StreamObserver<String> answer) -> {
              answer.onNext("hello " + name);
              answer.onCompleted();
            }))
            .addMethod(COUNT, ServerCalls.asyncServerStreamingCall((String to, StreamObserver<String> answer) -> {
              IntStream.range(0, Integer.parseInt(to)).forEach(i -> answer.onNext(String.valueOf(i)));
              answer.onCompleted();
            }))
            .addMethod(ECHO, ServerCalls.asyncBidiStreamingCall(answer -> answer))
            .addMethod(NEVER, ServerCalls.asyncUnaryCall((String name, StreamObserver<String> answer) -> {
            }))
            .build())
        .build().start();

    StackLoopResources clientLoops = StackLoopResources.of(asking.stack());
    EventLoopGroup clientGroup = clientLoops.onClient(true);
    channel = NettyChannelBuilder.forAddress(new InetSocketAddress(SERVER, PORT)).usePlaintext()
        .eventLoopGroup(clientGroup)
        .channelFactory(() -> clientLoops.onChannel(SocketChannel.class, clientGroup))
        .build();
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    lab.close();
  }

  @Test
  void calls() {
    for (int i = 0; i < 200; i++) {
      assertThat(ClientCalls.blockingUnaryCall(channel, GREET, CallOptions.DEFAULT, "number " + i))
          .isEqualTo("hello number " + i);
    }
  }

  @Test
  void streamsFromTheServer() {
    Iterator<String> numbers = ClientCalls.blockingServerStreamingCall(channel, COUNT, CallOptions.DEFAULT, "20000");
    int expected = 0;
    while (numbers.hasNext()) {
      assertThat(numbers.next()).isEqualTo(String.valueOf(expected++));
    }
    assertThat(expected).isEqualTo(20_000);
  }

  @Test
  void streamsBothWays() {
    CompletableFuture<Long> echoed = new CompletableFuture<>();
    String piece = "0123456789".repeat(5_000);
    StreamObserver<String> sending = ClientCalls.asyncBidiStreamingCall(channel.newCall(ECHO, CallOptions.DEFAULT),
        new StreamObserver<>() {
          private long bytes;

          @Override
          public void onNext(String text) {
            bytes += text.equals(piece) ? text.length() : 0;
          }

          @Override
          public void onError(Throwable cause) {
            echoed.completeExceptionally(cause);
          }

          @Override
          public void onCompleted() {
            echoed.complete(bytes);
          }
        });
    for (int i = 0; i < 200; i++) {
      sending.onNext(piece);
    }
    sending.onCompleted();
    assertThat(echoed).succeedsWithin(Duration.ofSeconds(60)).isEqualTo(10_000_000L);
  }

  @Test
  void aDeadlineEndsACall() {
    assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(StatusRuntimeException.class,
        () -> ClientCalls.blockingUnaryCall(channel, NEVER, CallOptions.DEFAULT.withDeadlineAfter(300,
            TimeUnit.MILLISECONDS), ""))
        .getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
  }
}
