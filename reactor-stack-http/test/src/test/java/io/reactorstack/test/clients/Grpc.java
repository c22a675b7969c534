package io.reactorstack.test.clients;

import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.lab.Host;
import io.reactorstack.netty.StackLoopResources;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/**
 * gRPC on a host of a lab. Transport, deadlines, keepalive and backoff run on the world's loop, because gRPC takes the
 * timers of a channel or server from its event loop group. Callbacks run there too, because the loop is set as the
 * executor instead of the thread pool that gRPC shares in a JVM.
 *
 * <p>Channels and servers are created with {@code lab.blocking}: inside the world, because gRPC measures times from
 * their creation, and on a thread that may block, because a channel reads files of its library and the start of a
 * server waits until it is bound.
 */
final class Grpc {

  /** Strings instead of generated messages. */
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

  private Grpc() {}

  /** Returns a method with one request and one response. */
  static MethodDescriptor<String, String> unary(String name) {
    return MethodDescriptor.newBuilder(TEXT, TEXT).setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName("Lab", name)).build();
  }

  /** Returns a channel of {@code host} to {@code server}. */
  static ManagedChannel channel(Host host, InetSocketAddress server, UnaryOperator<NettyChannelBuilder> settings) {
    StackLoopResources loops = StackLoopResources.of(host.stack());
    EventLoopGroup group = loops.onClient(true);
    return settings.apply(NettyChannelBuilder.forAddress(server).usePlaintext().eventLoopGroup(group)
        .channelFactory(() -> loops.onChannel(SocketChannel.class, group)).executor(group).offloadExecutor(group))
        .build();
  }

  /** Starts a server on {@code host}. */
  static Server server(Host host, InetSocketAddress local, BindableService service) {
    StackLoopResources loops = StackLoopResources.of(host.stack());
    EventLoopGroup group = loops.onServer(true);
    try {
      return NettyServerBuilder.forAddress(local).bossEventLoopGroup(group).workerEventLoopGroup(group)
          .channelFactory(() -> loops.onChannel(ServerSocketChannel.class, group)).executor(group)
          .addService(service).build().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a call as a publisher; a cancelled subscription cancels the call. */
  static Mono<String> call(
      Channel channel, MethodDescriptor<String, String> method, CallOptions options, String request) {
    return Mono.create(sink -> {
      var call = channel.newCall(method, options);
      sink.onCancel(() -> call.cancel("cancelled by the subscriber", null));
      ClientCalls.asyncUnaryCall(call, request, new StreamObserver<>() {
        @Override
        public void onNext(String value) {
          sink.success(value);
        }

        @Override
        public void onError(Throwable cause) {
          sink.error(cause);
        }

        @Override
        public void onCompleted() {
          sink.success();
        }
      });
    });
  }
}
