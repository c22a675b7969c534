package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpServer;
import reactor.netty.udp.UdpServer;

/** Tests Netty's own DNS resolver, unmodified, on the stack's datagram and socket channels. */
class NettyResolverTest {

  private static final int TRUNCATED = 0x0200;
  private static final int HEADER = 12;

  private final TwoHosts hosts = TwoHosts.virtual(8);

  @AfterEach
  void close() {
    hosts.close();
  }

  @Test
  void resolvesOverUdp() {
    answerOverUdp(0);
    assertThat(resolve("www.example.lab").getHostAddress()).isEqualTo("192.0.2.80");
  }

  @Test
  void retriesOverTcpWhenTheAnswerIsTruncated() {
    answerOverUdp(TRUNCATED);
    hosts.await(TcpServer.create().runOn(hosts.serverLoops()).host(TwoHosts.SERVER).port(53)
        .handle((in, out) -> out.send(in.receive().take(1).map(query -> {
          ByteBuf answer = answer(query.skipBytes(2), 0);
          ByteBuf length = query.alloc().buffer().writeShort(answer.readableBytes());
          return Unpooled.wrappedBuffer(length, answer);
        })).neverComplete()).bind());
    assertThat(resolve("www.example.lab").getHostAddress()).isEqualTo("192.0.2.80");
  }

  private void answerOverUdp(int flags) {
    hosts.await(UdpServer.create().runOn(hosts.serverLoops()).host(TwoHosts.SERVER).port(53)
        .handle((in, out) -> out.sendObject(Flux.from(in.receiveObject().cast(DatagramPacket.class)
            .map(query -> new DatagramPacket(answer(query.content(), flags), query.sender())))))
        .bind());
  }

  private InetAddress resolve(String name) {
    EventLoopGroup group = hosts.clientLoops().onClient(true);
    EventLoop loop = group.next();
    DnsNameResolver resolver = new DnsNameResolverBuilder(loop)
        .datagramChannelFactory(() -> hosts.clientLoops().onChannel(DatagramChannel.class, group))
        .socketChannelFactory(() -> hosts.clientLoops().onChannel(SocketChannel.class, group))
        .resolvedAddressTypes(ResolvedAddressTypes.IPV4_ONLY)
        .nameServerProvider(new SingletonDnsServerAddressStreamProvider(new InetSocketAddress(TwoHosts.SERVER, 53)))
        .build();
    try {
      return hosts.await(Mono.create(sink -> resolver.resolve(name).addListener((Future<InetAddress> done) -> {
        if (done.isSuccess()) {
          sink.success(done.getNow());
        } else {
          sink.error(done.cause());
        }
      })));
    } finally {
      hosts.run(resolver::close);
    }
  }

  /** Returns the answer to any query: one A record. */
  private static ByteBuf answer(ByteBuf query, int flags) {
    int end = query.readerIndex() + HEADER;
    while (query.getByte(end) != 0) {
      end += 1 + query.getByte(end);
    }
    int question = end + 5 - (query.readerIndex() + HEADER);
    return query.alloc().buffer()
        .writeShort(query.getShort(query.readerIndex())).writeShort(0x8180 | flags)
        .writeShort(1).writeShort(1).writeInt(0)
        .writeBytes(query, query.readerIndex() + HEADER, question)
        .writeShort(0xc00c).writeShort(1).writeShort(1).writeInt(60).writeShort(4)
        .writeByte(192).writeByte(0).writeByte(2).writeByte(80);
  }
}
