package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.reactorstack.device.Capture;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.testing.ExternalCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.netty.FutureMono;

/** Tests captures of a single channel: the file contains all packets of the channel and no others. tshark reads it. */
class CaptureOptionTest {

  private final Lab lab = Lab.virtual(5);
  private final Switch lan = lab.newSwitch("lan");
  private final Host clientHost = host("client", "10.0.0.1/24");
  private final Host serverHost = host("server", "10.0.0.2/24");
  private final StackLoopResources client = StackLoopResources.of(clientHost.stack());
  private final StackLoopResources server = StackLoopResources.of(serverHost.stack());
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Capture capture = Capture.inVirtualTime(bytes);

  private final List<Throwable> unexpected = new CopyOnWriteArrayList<>();

  @TempDir
  private Path folder;

  private Host host(String name, String address) {
    return lab.host(name).address(address).wire(wire -> wire.delay(Duration.ofMillis(5))).connectTo(lan);
  }

  @BeforeEach
  void needs() {
    ExternalCommand.require("tshark");
  }

  @AfterEach
  void close() {
    lab.close();
    assertThat(unexpected).isEmpty();
  }

  private ChannelFuture await(ChannelFuture future) {
    lab.await(FutureMono.from(future).onErrorComplete());
    assertThat(future.isSuccess()).isTrue();
    return future;
  }

  /** A handler that ignores the error of connections that are open when the world ends. */
  private abstract class Quiet extends SimpleChannelInboundHandler<Object> {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (!"Network stack stopped".equals(cause.getMessage())) {
        unexpected.add(cause);
      }
    }
  }

  /** Echoes every message. */
  private final class Echo extends Quiet {
    @Override
    public boolean isSharable() { return true; }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Object message) {
      if (message instanceof DatagramPacket datagram) {
        context.writeAndFlush(new DatagramPacket(datagram.content().retain(), datagram.sender()));
      } else {
        context.writeAndFlush(((ByteBuf) message).retain());
      }
    }
  }

  /** Discards every message. */
  private final class Sink extends Quiet {
    @Override
    protected void channelRead0(ChannelHandlerContext context, Object message) {}
  }

  private ServerBootstrap server() {
    var group = server.onServer(true);
    return new ServerBootstrap().group(group)
        .channelFactory(() -> server.onChannel(ServerSocketChannel.class, group)).childHandler(new Echo());
  }

  private Bootstrap client() {
    var group = client.onClient(true);
    return new Bootstrap().group(group).channelFactory(() -> client.onChannel(SocketChannel.class, group))
        .handler(new Sink());
  }

  private Bootstrap datagrams(StackLoopResources loops) {
    var group = loops.onClient(true);
    return new Bootstrap().group(group).channelFactory(() -> loops.onChannel(DatagramChannel.class, group));
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress("10.0.0.2", port);
  }

  private void say(Channel channel, String text) {
    lab.advance(Duration.ofMillis(100));
    await(channel.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8)));
    lab.advance(Duration.ofMillis(100));
  }

  /** Returns one line for each packet, with the given tshark fields. */
  private List<String> packets(String... fields) throws IOException {
    capture.close();
    Path file = Files.write(folder.resolve("channel.pcapng"), bytes.toByteArray());
    List<String> command = new ArrayList<>(List.of(
        "tshark", "-n", "-o", "tcp.check_checksum:TRUE", "-r", file.toString(), "-T", "fields", "-E", "separator=/s"));
    for (String field : fields) {
      command.addAll(List.of("-e", field));
    }
    String out = ExternalCommand.run(Duration.ofSeconds(60), command).output();
    // tshark prints dots for flags that are not set, and a warning when it runs as root.
    return out.lines().filter(line -> !line.startsWith("Running as")).map(line -> line.replace("\u00b7", "")).toList();
  }

  @Test
  void connectionIsCapturedFromSynToEnd() throws IOException {
    await(server().bind(at(80)));
    Channel other = await(client().connect(at(80))).channel();
    Channel channel = await(client().option(StackChannelOption.CAPTURE, capture).connect(at(80))).channel();
    assertThat(channel.config().getOption(StackChannelOption.CAPTURE)).isSameAs(capture);
    say(other, "not seen");
    say(channel, "hello");
    await(channel.close());
    lab.advance(Duration.ofSeconds(1));
    say(other, "not seen");
    int port = ((InetSocketAddress) Objects.requireNonNull(channel.localAddress())).getPort();
    List<String> seen = packets("ip.src", "tcp.port", "tcp.flags.str", "tcp.len", "tcp.checksum.status");
    assertThat(seen).allMatch(line -> line.contains(Integer.toString(port)) && line.endsWith(" 1"));
    assertThat(seen.stream().map(line -> line.replaceAll("10.0.0.(\\d) \\S+ (\\S+) (\\d+) 1", "$1 $2 $3")))
        .containsExactly("1 S 0", "2 AS 0", "1 A 0", "1 AP 5", "2 AP 5", "1 A 0", "1 AF 0", "2 AF 0", "1 A 0");
  }

  @Test
  void captureStartsOnOpenConnectionAndFinishesForAll() throws IOException {
    await(server().bind(at(80)));
    Channel channel = await(client().connect(at(80))).channel();
    say(channel, "before");
    channel.config().setOption(StackChannelOption.CAPTURE, capture);
    say(channel, "during");
    capture.close();
    say(channel, "afterwards");
    assertThat(packets("tcp.len")).containsExactly("6", "6", "0");
    channel.config().setOption(StackChannelOption.CAPTURE, capture);
    say(channel, "a closed capture takes nothing");
    assertThat(packets("tcp.len")).hasSize(3);
  }

  @Test
  void nextConnectionWithSameEndpointsIsNotCaptured() throws IOException {
    await(server().bind(at(80)));
    InetSocketAddress own = new InetSocketAddress("10.0.0.1", 5000);
    Channel first = await(client().option(StackChannelOption.CAPTURE, capture).connect(at(80), own)).channel();
    await(first.close());
    lab.advance(Duration.ofMinutes(10));
    say(await(client().connect(at(80), own)).channel(), "not seen");
    assertThat(packets("tcp.flags.str")).containsExactly("S", "AS", "A", "AF", "A", "AF", "A");
  }

  @Test
  void optionsOfEndedConnectionHaveNoEffect() throws IOException {
    var connection = Objects.requireNonNull(lab.await(serverHost.stack().tcp().listen(80).next()
        .mergeWith(clientHost.stack().tcp().connect("10.0.0.2", 80).cast(TcpConnection.class)).collectList()))
        .getLast();
    connection.abort();
    lab.advance(Duration.ofSeconds(1));
    connection.capture(capture);
    connection.options(options -> {
      options.cork(true);
      options.noDelay(true);
      options.sendBuffer(5000);
      options.receiveBuffer(5000);
      options.congestionControl(CongestionControl.named("reno"));
      options.keepAlive(true, Duration.ofSeconds(1), Duration.ofSeconds(1), 1);
      options.userTimeout(Duration.ofSeconds(1));
    });
    lab.advance(Duration.ofMinutes(1));
    assertThat(packets("tcp.flags.str")).isEmpty();
  }

  @Test
  void acceptedConnectionsAndListenersCanBeCaptured() throws IOException {
    await(server().childOption(StackChannelOption.CAPTURE, capture).bind(at(80)));
    await(server().option(StackChannelOption.CAPTURE, capture).bind(at(81)));
    say(await(client().connect(at(80))).channel(), "to 80");
    say(await(client().connect(at(81))).channel(), "to 81");
    // The accepted connection is captured from its acceptance on, the listener's port from the SYN on.
    assertThat(packets("tcp.flags.str", "tcp.len"))
        .containsExactly("AP 5", "AP 5", "A 0", "S 0", "AS 0", "A 0", "AP 5", "AP 5", "A 0");
  }

  @Test
  void datagramChannelIsCapturedWhileOpen() throws IOException {
    await(datagrams(server).handler(new Echo()).bind(at(53)));
    Channel channel = await(datagrams(client).option(StackChannelOption.CAPTURE, capture).handler(new Sink()).bind(0))
        .channel();
    Channel other = await(datagrams(client).handler(new Sink()).bind(0)).channel();
    for (Channel each : List.of(channel, other)) {
      await(each.writeAndFlush(new DatagramPacket(Unpooled.copiedBuffer("x", StandardCharsets.UTF_8), at(53))));
    }
    lab.advance(Duration.ofMillis(100));
    assertThat(packets("ip.src", "udp.length")).containsExactly("10.0.0.1 9", "10.0.0.2 9");
  }

  @Test
  void nativeApiCaptures() throws IOException {
    serverHost.stack().tcp().capture(capture).listen(80)
        .flatMap(connection -> connection.send(connection.receive()).then(connection.close()).onErrorComplete())
        .subscribe();
    var connection = Objects.requireNonNull(lab.await(clientHost.stack().tcp().connect("10.0.0.2", 80)));
    lab.await(connection.shutdownOutput());
    lab.advance(Duration.ofSeconds(1));
    assertThat(packets("tcp.flags.str"))
        .containsExactly("S", "AS", "A", "AF", "A", "AF", "A");
  }

  @Test
  void refusedConnectionIsCapturedCompletely() throws IOException {
    Mono<String> outcome = clientHost.stack().tcp().capture(capture).connect("10.0.0.2", 9).map(any -> "open")
        .onErrorReturn("refused");
    assertThat(lab.await(outcome)).isEqualTo("refused");
    assertThat(packets("tcp.flags.str")).containsExactly("S", "AR");
  }
}
