package io.reactorstack.agent.driver;

import static io.reactorstack.agent.driver.Driver.args;

import io.reactorstack.agent.PacketAgent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One session with the agent, written as a sequence of calls and packets. Times are milliseconds since the beginning,
 * with microseconds as decimals, and must match exactly.
 */
final class Scenario implements AutoCloseable {

  static final int EAGAIN = 11;
  static final int EPIPE = 32;

  private static final Path SOCKET = startAgent();

  /** The addresses of a run, by IP version. */
  enum Net {
    V4("192.168.0.1", "192.0.2.1", 2, ""),
    V6("fd3d:a0b:17d6::1", "fd3d:fa7b:d17d::1", 10, ""),
    MAPPED("192.168.0.1", "192.0.2.1", 10, "::ffff:");

    final String local;
    final String remote;
    final int domain;
    final String prefix;

    Net(String local, String remote, int domain, String prefix) {
      this.local = local;
      this.remote = remote;
      this.domain = domain;
      this.prefix = prefix;
    }
  }

  final Driver driver = new Driver(SOCKET);
  final Net net;
  private final List<String> story = new ArrayList<>();
  private int nextPeerPort = 50_000;
  private boolean finished;

  private Scenario(Net net) {
    this.net = net;
  }

  private static Path startAgent() {
    try {
      Path path = Files.createTempDirectory("agent").resolve("socket");
      PacketAgent agent = PacketAgent.listen(path);
      Thread.ofPlatform().daemon().name("agent").start(() -> {
        try {
          agent.serve();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
      path.toFile().deleteOnExit();
      path.getParent().toFile().deleteOnExit();
      return path;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path agent() {
    return SOCKET;
  }

  /** Begins an IPv4 session with the given CONFIG lines. */
  static Scenario begin(String... config) {
    return begin(Net.V4, config);
  }

  static Scenario begin(Net net, String... config) {
    Scenario scenario = new Scenario(net);
    scenario.driver.hello(
        "local=" + net.local + ",remote=" + net.remote + ",mtu=" + (net == Net.V6 ? 1520 : 1500) + ",unknown=1");
    for (String line : config) {
      scenario.ok(3, args().string(line));
    }
    return scenario;
  }

  // ---- time

  Scenario at(double millis) {
    driver.at(micros(millis));
    return this;
  }

  static long micros(double millis) {
    return Math.round(millis * 1000);
  }

  // ---- calls of the main thread

  /** Makes a call that must succeed. */
  long ok(int op, Driver.Args args) {
    Driver.Reply reply = driver.call(op, args);
    note("call " + op + " = " + reply.result() + (reply.errno() == 0 ? "" : " errno " + reply.errno()));
    if (reply.errno() != 0) {
      fail("call " + op + " failed with " + reply.errno());
    }
    return reply.result();
  }

  /** Returns the error number of a call that must fail. */
  int error(int op, Driver.Args args) {
    Driver.Reply reply = driver.call(op, args);
    note("call " + op + " = " + reply.result() + " errno " + reply.errno());
    if (reply.result() != -1 || reply.errno() == 0) {
      fail("call " + op + " did not fail");
    }
    return reply.errno();
  }

  int tcp() {
    return (int) ok(10, args().i32(net.domain, 1, 6));
  }

  int tcpNonBlocking() {
    return (int) ok(10, args().i32(net.domain, 1 | 0x800, 6));
  }

  int udp() {
    return (int) ok(10, args().i32(net.domain, 2, 17));
  }

  Driver.Args local(int sid, int port) {
    return args().i32(sid).address(net.prefix + net.local, port);
  }

  Driver.Args remote(int sid, int port) {
    return args().i32(sid).address(net.prefix + net.remote, port);
  }

  /** Returns a socket that listens on port 8080. */
  int listener(int backlog) {
    int sid = tcp();
    ok(11, local(sid, 8080));
    ok(12, args().i32(sid, backlog));
    return sid;
  }

  int accept(int listener) {
    Driver.Reply reply = driver.call(13, args().i32(listener));
    note("accept = " + reply.result() + " errno " + reply.errno());
    if (reply.errno() != 0) {
      fail("accept failed with " + reply.errno());
    }
    return (int) reply.result();
  }

  static Driver.Args send(int sid, int length, int flags) {
    return args().i32(sid, flags).address("", 0).u16(0).i32(length).bytes(new byte[length]);
  }

  long write(int sid, int length) {
    return ok(15, send(sid, length, 0));
  }

  static Driver.Args receive(int sid, int max, int flags) {
    return args().i32(sid, flags, max).u8(0);
  }

  long read(int sid, int max) {
    return ok(16, receive(sid, max, 0));
  }

  void close(int sid) {
    ok(18, args().i32(sid));
  }

  void shutdown(int sid, int how) {
    ok(17, args().i32(sid, how));
  }

  void set(int sid, int level, int name, int... value) {
    ok(20, args().i32(sid, level, name).i32(value));
  }

  int get(int sid, int level, int name) {
    Driver.Reply reply = driver.call(19, args().i32(sid, level, name, 100));
    if (reply.errno() != 0) {
      fail("getsockopt failed with " + reply.errno());
    }
    return reply.payload().getInt();
  }

  int ioctl(int sid, int request) {
    Driver.Reply reply = driver.call(22, args().i32(sid, request, 0));
    if (reply.errno() != 0) {
      fail("ioctl failed with " + reply.errno());
    }
    return reply.payload().getInt();
  }

  int inq(int sid) {
    return ioctl(sid, 0x541b);
  }

  int outq(int sid) {
    return ioctl(sid, 0x5411);
  }

  int outqNotSent(int sid) {
    return ioctl(sid, 0x894b);
  }

  /** Returns the events of {@code interest} that are ready. */
  int poll(int sid, int interest) {
    Driver.Reply reply = driver.call(23, args().i32(0).u16(1).i32(sid).u16(interest));
    return reply.payload().getShort();
  }

  /** Returns TCPINFO by field number. */
  Map<Integer, Long> info(int sid) {
    Driver.Reply reply = driver.call(24, args().i32(sid));
    if (reply.errno() != 0) {
      fail("TCPINFO failed with " + reply.errno());
    }
    Map<Integer, Long> fields = new TreeMap<>();
    while (reply.payload().hasRemaining()) {
      fields.put((int) reply.payload().get(), reply.payload().getLong());
    }
    return fields;
  }

  long info(int sid, int field) {
    return info(sid).getOrDefault(field, 0L);
  }

  /**
   * The handshake of an accepted connection with timestamps and SACK, MSS 1000 and a round-trip time of 100 ms; ends at
   * time 100.
   */
  static final String WITH_TIMESTAMPS = """
        0 < S 0:0(0) win 32792 <mss 1012,sackOK,TS val 0 ecr 0,nop,wscale 7>
        0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 8>
      100 < . 1:1(0) ack 1 win 512 <nop,nop,TS val 100 ecr 0>
      """;

  /** The same without timestamps. */
  static final String WITH_SACK = """
        0 < S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK,nop,wscale 7>
        0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 8>
      100 < . 1:1(0) ack 1 win 512
      """;

  /** The same without any option but the MSS. */
  static final String PLAIN = """
        0 < S 0:0(0) win 65535 <mss 1000>
        0 > S. 0:0(0) ack 1 <mss 1460>
      100 < . 1:1(0) ack 1 win 65535
      """;

  /** A connection from the peer's view, and its accepted socket. */
  record Accepted(int sid, Flow flow, int listener) {
    Flow play(String lines) {
      return flow.play(lines);
    }
  }

  /** Accepts the connection that {@code handshake} opens. */
  Accepted accepted(String handshake) {
    int listener = listener(5);
    Flow flow = fromPeer().play(handshake);
    return new Accepted(accept(listener), flow, listener);
  }

  // ---- calls of the second thread

  /** A call that may block. */
  final class Blocked {
    private final int id;

    private Blocked(int id) {
      this.id = id;
    }

    /** Fails if the call has ended. */
    Blocked waits() {
      // A request of the main thread is answered after every other reply that is due.
      ok(4, args());
      if (driver.isAnswered(id)) {
        fail("the call has not waited: " + driver.await(id));
      }
      return this;
    }

    /** Returns the result of the call, which must have ended at {@code millis}, or its negative error number. */
    long endsAt(double millis) {
      Driver.Reply reply = driver.await(id);
      note("call of the other thread = " + reply.result() + " errno " + reply.errno());
      if (driver.relative(reply.now()) != micros(millis)) {
        fail("the call ended at " + driver.relative(reply.now()) / 1000.0 + " and not at " + millis);
      }
      return reply.errno() == 0 ? reply.result() : -reply.errno();
    }
  }

  Blocked begin(int op, Driver.Args args) {
    return new Blocked(driver.send(op, Driver.CALL, args));
  }

  // ---- packets

  /** Returns a connection that the peer opens to port 8080. */
  Flow fromPeer() {
    return new Flow(this, nextPeerPort++, 8080);
  }

  /** Returns a connection that the stack opens to the peer's port 8080; the stack's port is taken from its SYN. */
  Flow toPeer() {
    return new Flow(this, 8080, 0);
  }

  void inject(int protocol, int trafficClass, byte[] transport) {
    Driver.Reply reply = driver.call(
        5, args().bytes(Packets.ip(net.remote, net.local, protocol, trafficClass, transport)));
    if (reply.errno() != 0) {
      fail("NETDEV_SEND failed with " + reply.errno());
    }
  }

  /** Returns the next packet until {@code millis}, or {@code null}. */
  Driver.Packet next(double millis) {
    return driver.receive(micros(millis));
  }

  /** Fails if a packet is sent before {@code millis}. */
  void silence(double millis) {
    Driver.Packet packet = next(millis);
    if (packet != null) {
      fail("unexpected at " + packet.time() / 1000.0 + ": " + describe(packet));
    }
    at(millis);
    ok(4, args());
  }

  private static String describe(Driver.Packet packet) {
    ByteBuffer transport = Packets.verified(packet.bytes());
    return Packets.protocol(packet.bytes()) == Packets.TCP
        ? SegmentLine.decode(transport, Packets.ecn(packet.bytes()), new SegmentLine.Base(), packet.time() / 1000)
            .toString()
        : "protocol " + Packets.protocol(packet.bytes());
  }

  // ---- end of the session

  void note(String line) {
    story.add(String.format("%12.3f %s", driver.now() / 1000.0, line));
  }

  void fail(String why) {
    finished = true;
    throw new AssertionError(why + "\n" + String.join("\n", story));
  }

  /** Ends the session; the agent must not report any fault. */
  void bye() {
    finished = true;
    Driver.Reply reply = driver.call(2, args());
    if (reply.result() != 0) {
      byte[] text = new byte[reply.payload().getShort() & 0xffff];
      reply.payload().get(text);
      fail("trouble: " + new String(text));
    }
  }

  @Override
  public void close() {
    if (!finished) {
      bye();
    }
    driver.close();
  }
}
