package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.icmp.IcmpDrop;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.IcmpSettings;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.icmp.PingResult;
import io.reactorstack.ip.forward.ForwardDrop;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Rejections;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Requirement;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The duties of a router as a host, and those of one that translates addresses: the client is inside, the server outside
 * on a link with an MTU of 1280.
 */
class RouterAsHostTest {

  private static final int HEADER = 14;
  private static final String OUTSIDE = "192.0.2.1";
  private static final String SERVER = "192.0.2.10";

  private final Lab lab = Lab.virtual(1);
  private final Switch internet = lab.newSwitch("internet");
  private final Switch home = lab.newSwitch("home");
  private final Host client = lab.host("client").on(home, "10.0.0.2/24").gateway("10.0.0.1").start();
  private final Host server = lab.host("server").on(internet, SERVER + "/24").start();

  @AfterEach
  void close() {
    lab.advance(Duration.ofSeconds(40));
    for (Host host : lab.hosts()) {
      FrameBalance.assertBalanced(host.stack());
      assertThat(host.stack().drops().snapshot()).as(host.name()).doesNotContainKey("stage.STAGE_FAULT");
    }
    lab.close();
  }

  private Host router(UnaryOperator<HostBuilder> change) {
    return change.apply(lab.router("router").mtu(1280).on(internet, OUTSIDE + "/24").on(home, "10.0.0.1/24")).start();
  }

  private Host natRouter() {
    return router(router -> router.nat(nat -> nat));
  }

  private PingResult ping(Host from, String to, PingOptions options) {
    return lab.await(from.stack().icmp().ping(IpAddress.parse(to), options).next());
  }

  private static IcmpError failure(PingResult result) {
    return (IcmpError) ((PingResult.Failed) result).failure();
  }

  @Test
  @Requirement({"RFC1812-4.3.3.6-01", "RFC1812-4.3.3.6-06", "RFC1812-4.2.2.8-01"})
  void aRouterAnswersPingsToEachOfItsAddresses() {
    router(router -> router);
    for (String address : new String[] {"10.0.0.1", OUTSIDE}) {
      // The second one arrives in fragments. The size is that of the reply.
      for (int size : new int[] {56, 20_000}) {
        assertThat(ping(client, address, PingOptions.DEFAULT.size(size))).isInstanceOfSatisfying(PingReply.class,
            reply -> assertThat(reply.size()).isEqualTo(size));
      }
    }
  }

  @Test
  @Requirement({"RFC1812-4.3.3.6-03", "RFC1812-4.3.3.6-04"})
  void aRouterIsSilentIfItIsSetSo() {
    assertThat(IcmpSettings.DEFAULTS.answersEcho()).isTrue();
    Host router = router(each -> each.stack(stack -> stack.icmp(icmp -> icmp.withEchoReplies(false))));
    assertThat(ping(client, "10.0.0.1", PingOptions.DEFAULT)).isInstanceOf(PingResult.TimedOut.class);
    assertThat(router.stack().drops().get(IcmpDrop.ECHO_IGNORED)).isEqualTo(1);
    // It sends pings, and errors, nevertheless.
    assertThat(ping(router, "10.0.0.2", PingOptions.DEFAULT)).isInstanceOf(PingReply.class);
    assertThat(failure(ping(client, "203.0.113.1", PingOptions.DEFAULT)).kind())
        .isEqualTo(IcmpError.Kind.NETWORK_UNREACHABLE);
  }

  @Test
  void anExcludedInterfaceMustExist() {
    assertThatIllegalArgumentException().isThrownBy(
        () -> router(each -> each.stack(stack -> stack.forwarding(settings -> settings.withExcluded("if7")))))
        .withMessageContaining("if7");
    router(each -> each.stack(stack -> stack.forwarding(settings -> settings.withExcluded("if0"))));
    assertThat(failure(ping(client, SERVER, PingOptions.DEFAULT)).kind())
        .isEqualTo(IcmpError.Kind.NETWORK_UNREACHABLE);
  }

  @Test
  @Requirement("RFC1812-5.3.4-04")
  void framesToAllStationsContainNoUnicastPacket() {
    Host router = router(each -> each);
    lab.await(server.stack().addRoute(IpPrefix.parse("10.0.0.0/24"), IpAddress.parse(OUTSIDE)));
    List<IpAddress> unicast = new ArrayList<>();
    List<IpAddress> toAll = new ArrayList<>();
    router.observe((direction, frame, nanos) -> {
      boolean isIp = frame.payload().getUnsignedShort(frame.payload().readerIndex() + HEADER - 2) == 0x0800;
      Ipv4Header header = isIp && direction == Direction.SENT ? header(frame) : null;
      if (header != null) {
        boolean toGroup = (frame.payload().getByte(frame.payload().readerIndex()) & 1) != 0;
        (toGroup ? toAll : unicast).add(header.destination());
      }
    });
    assertThat(ping(server, "10.0.0.2", PingOptions.DEFAULT)).isInstanceOf(PingReply.class);
    assertThat(ping(server, "10.0.0.77", PingOptions.DEFAULT.timeout(Duration.ofSeconds(9))))
        .isInstanceOf(PingResult.Failed.class);
    lab.await(router.stack().udp().bind(0)
        .flatMap(socket -> socket.send(Mono.just(datagram("10.0.0.255", 9)))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(toAll).containsExactly(IpAddress.parse("10.0.0.255"));
    assertThat(unicast).contains(IpAddress.parse("10.0.0.2"), server.address());
  }

  // ---- the translation of addresses

  @Test
  @Requirement("RFC4787-REQ13-01")
  void aPacketFromInsideThatMustNotBeCutIsReported() {
    natRouter();
    IcmpError error = failure(ping(client, SERVER, PingOptions.DEFAULT.size(1300).dontFragment(true)));
    assertThat(error).isInstanceOfSatisfying(IcmpError.PacketTooBig.class,
        tooBig -> assertThat(tooBig.mtu()).isEqualTo(1280));
    assertThat(error.quote().source()).isEqualTo(IpAddress.parse("10.0.0.2"));
  }

  @Test
  @Requirement({"RFC4787-REQ13-02", "RFC4787-REQ13-03"})
  void aPacketFromInsideLeavesInFragmentsInOrder() {
    Host router = natRouter();
    List<Integer> offsets = new ArrayList<>();
    router.observe((direction, frame, nanos) -> {
      Ipv4Header header = direction == Direction.SENT ? header(frame) : null;
      if (header != null && header.isFragment() && header.destination().equals(IpAddress.parse(SERVER))) {
        assertThat(header.source()).isEqualTo(IpAddress.parse(OUTSIDE));
        offsets.add(header.fragmentOffset());
      }
    });
    PingResult result = ping(client, SERVER, PingOptions.DEFAULT.size(1450).dontFragment(false));
    assertThat(result).isInstanceOf(PingReply.class);
    assertThat(offsets).hasSize(2).isSorted().startsWith(0);
  }

  @Test
  @Requirement({"RFC5508-REQ10-01", "RFC5508-REQ10-02", "RFC5508-REQ10-03"})
  void errorsAndEchoesAreSentAndTranslated() {
    Host router = natRouter();
    Host beyond = lab.router("beyond").on(internet, "192.0.2.20/24").on(lab.newSwitch("far"), "198.51.100.1/24")
        .start();
    lab.await(router.stack().addRoute(IpPrefix.parse("198.51.100.0/24"), beyond.address()));
    // Sent by the translator itself.
    assertThat(failure(ping(client, SERVER, PingOptions.DEFAULT.hopLimit(1))).reporter())
        .isEqualTo(IpAddress.parse("10.0.0.1"));
    assertThat(failure(ping(client, "203.0.113.1", PingOptions.DEFAULT)).reporter())
        .isEqualTo(IpAddress.parse("10.0.0.1"));
    assertThat(ping(client, OUTSIDE, PingOptions.DEFAULT)).isInstanceOf(PingReply.class);
    assertThat(ping(server, OUTSIDE, PingOptions.DEFAULT)).isInstanceOf(PingReply.class);
    // Translated.
    IcmpError exceeded = failure(ping(client, "198.51.100.7", PingOptions.DEFAULT.hopLimit(2)));
    assertThat(exceeded.kind()).isEqualTo(IcmpError.Kind.HOP_LIMIT_EXCEEDED);
    IcmpError unreachable = failure(ping(client, "198.51.100.7", PingOptions.DEFAULT.timeout(Duration.ofSeconds(9))));
    assertThat(unreachable.kind()).isEqualTo(IcmpError.Kind.HOST_UNREACHABLE);
    assertThat(List.of(exceeded, unreachable)).allSatisfy(error -> {
      assertThat(error.reporter()).isEqualTo(beyond.address());
      assertThat(error.quote().source()).isEqualTo(client.address());
    });
    assertThat(ping(client, SERVER, PingOptions.DEFAULT)).isInstanceOf(PingReply.class);
  }

  @Test
  @Requirement("RFC5508-REQ10-06")
  void noErrorIsSentAboutAnError() {
    Host router = natRouter();
    Host near = lab.host("near").on(internet, "192.0.2.30/24").stack(stack -> stack.hopLimit(1)).start();
    List<Integer> types = new ArrayList<>();
    near.observe((direction, frame, nanos) -> {
      Ipv4Header header = direction == Direction.RECEIVED ? header(frame) : null;
      if (header != null && header.protocol() == IpProtocol.ICMP) {
        types.add((int) frame.payload().getByte(frame.payload().readerIndex() + HEADER + header.length()));
      }
    });
    UdpConnection asking = lab.await(client.stack().udp().bind(4000));
    // The error about the closed port has a single hop left, as has the answer of the open one.
    lab.await(asking.send(Mono.just(datagram("192.0.2.30", 9))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(router.stack().drops().get(ForwardDrop.HOP_LIMIT_EXCEEDED)).isEqualTo(1);
    assertThat(types).isEmpty();
    UdpConnection open = lab.await(near.stack().udp().bind(53));
    open.send(open.receive().map(received -> {
      Datagram reply = received.reply(Unpooled.copiedBuffer(new byte[] {2}));
      received.release();
      return reply;
    })).subscribe();
    lab.await(asking.send(Mono.just(datagram("192.0.2.30", 53))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(router.stack().drops().get(ForwardDrop.HOP_LIMIT_EXCEEDED)).isEqualTo(2);
    assertThat(types).containsExactly(Icmpv4Header.TIME_EXCEEDED);
  }

  @Test
  @Requirement("RFC5508-REQ10-07")
  void theErrorsOfTheTranslatorAreLimited() {
    natRouter();
    UdpConnection asking = lab.await(client.stack().udp().bind(4000));
    List<IcmpError> errors = new ArrayList<>();
    asking.icmpErrors().subscribe(errors::add);
    lab.await(asking.send(Flux.fromStream(
        IntStream.range(0, 500).mapToObj(i -> datagram(SERVER, 9).withHopLimit(1)))));
    lab.advance(Duration.ofSeconds(1));
    assertThat(errors).hasSizeBetween(10, 50);
  }

  private static Ipv4Header header(Frame frame) {
    ByteBuf bytes = frame.payload();
    return Ipv4Header.parse(bytes.slice(bytes.readerIndex() + HEADER, bytes.readableBytes() - HEADER),
        Rejections.UNCOUNTED);
  }

  private static Datagram datagram(String to, int port) {
    return Datagram.to(new Endpoint(IpAddress.parse(to), port), Unpooled.copiedBuffer(new byte[] {1}));
  }
}
