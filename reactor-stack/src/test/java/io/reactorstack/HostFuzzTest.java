package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.StageDrop;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.TestDevice;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/**
 * Two hosts talk while damaged copies of their packets are injected in every turn. The copies carry the port and
 * sequence numbers of live connections, so the damage reaches every branch of TCP.
 */
class HostFuzzTest {

  private static final int LINK = 14;

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private final VirtualLoop loop = new VirtualLoop();
  private final List<LogRecord> severe = new ArrayList<>();
  private final Handler watch = new Handler() {
    @Override
    public void publish(LogRecord record) {
      if (record.getLevel().intValue() >= Level.SEVERE.intValue()) {
        severe.add(record);
      }
    }

    @Override
    public void flush() {
      // No record is buffered.
    }

    @Override
    public void close() {
      // No resource is open.
    }
  };
  private TestDevice left;
  private TestDevice right;
  private NetworkStack client;
  private NetworkStack server;
  private int connected;
  private long received;

  @BeforeEach
  void start() {
    Logger.getLogger("").addHandler(watch);
    left = device("02:00:00:00:04:01");
    right = device("02:00:00:00:04:02");
    client = UnprobedStack.create().runOn(loop).random(new Random(seed)).device(given -> left, "10.4.0.1/24")
        .startNow();
    server = UnprobedStack.create().runOn(loop).random(new Random(~seed)).device(given -> right, "10.4.0.2/24")
        .startNow();
    server.tcp().listen(7).subscribe(connection -> connection.receive().subscribe(buffer -> {
      received += buffer.readableBytes();
      connection.send(Flux.just(buffer)).subscribe(nothing -> {
      }, error -> {
      });
    }, error -> {
    }));
  }

  private TestDevice device(String mac) {
    return new TestDevice(new LoopTurn(loop), DeviceCapabilities.ethernet(MacAddress.parse(mac), 1500));
  }

  @AfterEach
  void stop() {
    Logger.getLogger("").removeHandler(watch);
  }

  @Test
  void damagedCopiesHarmNothing() {
    fuzz(60_000);
  }

  @Test
  @Tag("long")
  void aMillionDamagedCopiesHarmNothing() {
    fuzz(1_000_000);
  }

  private void fuzz(int frames) {
    int injected = 0;
    int quiet = 0;
    try {
      while (injected < frames) {
        if (random.nextInt(20) == 0) {
          talk();
        }
        loop.advance(Duration.ofMillis(random.nextInt(random.nextInt(50) == 0 ? 3000 : 20)));
        int n = exchange(left, right) + exchange(right, left);
        injected += n;
        quiet = n == 0 ? quiet + 1 : 0;
        assertThat(quiet).as("turns without a frame from either host").isLessThan(10_000);
      }
    } catch (Throwable failure) {
      throw new AssertionError("seed " + seed + " after " + injected + " frames", failure);
    }
    assertThat(connected).as("connections opened despite the damage").isGreaterThan(frames / 2000);
    assertThat(received).as("bytes got through").isGreaterThan(frames);
    client.dispose();
    server.dispose();
    loop.advance(Duration.ofMinutes(1));
    left.takeSent();
    right.takeSent();
    assertThat(severe).as("seed " + seed).isEmpty();
    assertThat(client.drops().get(StageDrop.STAGE_FAULT) + server.drops().get(StageDrop.STAGE_FAULT))
        .as("seed " + seed).isZero();
    assertThat(server.drops().snapshot()).hasSizeGreaterThan(15);
    assertThat(Inside.shard(client).tcp().connections() + Inside.shard(server).tcp().connections()).as("seed " + seed)
        .isZero();
  }

  /** Opens a connection that sends a little data and closes in one of several ways. */
  private void talk() {
    client.tcp().connect("10.4.0.2", 7).subscribe(this::use, error -> {
    });
  }

  private void use(TcpConnection connection) {
    connected++;
    connection.receive().subscribe(ByteBuf::release, error -> {
    });
    Flux<ByteBuf> data = Flux.range(0, random.nextInt(8))
        .map(i -> Unpooled.directBuffer().writeZero(random.nextInt(5000)));
    connection.send(data).then(switch (random.nextInt(3)) {
      case 0 -> connection.close();
      case 1 -> connection.shutdownOutput();
      default -> reactor.core.publisher.Mono.<Void>fromRunnable(connection::abort);
    }).subscribe(nothing -> {
    }, error -> {
    });
  }

  /** Delivers the frames, losing some of them, and injects damaged copies. */
  private int exchange(TestDevice from, TestDevice to) {
    int injected = 0;
    for (byte[] frame : from.takeSent()) {
      if (random.nextInt(20) != 0) {
        inject(to, frame);
        injected++;
      }
      for (int copies = random.nextInt(4); copies > 0; copies--) {
        inject(to, damage(frame));
        injected++;
      }
    }
    return injected;
  }

  private void inject(TestDevice to, byte[] frame) {
    to.inject(frame);
    FrameBalance.assertBalanced(to == left ? client : server);
  }

  private byte[] damage(byte[] valid) {
    byte[] frame = valid.clone();
    switch (random.nextInt(5)) {
      case 0 -> frame = Arrays.copyOf(frame, LINK + random.nextInt(frame.length));
      case 1 -> {
        byte[] noise = new byte[LINK + random.nextInt(200)];
        random.nextBytes(noise);
        System.arraycopy(frame, 0, noise, 0, Math.min(frame.length, Math.min(noise.length, random.nextInt(60))));
        frame = noise;
      }
      default -> {
        // Mostly in the headers: data octets all take the same branches.
        int reach = random.nextInt(4) == 0 ? frame.length : Math.min(frame.length, 74);
        for (int n = random.nextInt(3); n >= 0; n--) {
          int at = random.nextInt(reach);
          frame[at] = random.nextBoolean() ? (byte) (frame[at] ^ 1 << random.nextInt(8)) : (byte) random.nextInt();
        }
      }
    }
    if (random.nextInt(3) != 0) {
      repair(frame);
    }
    return frame;
  }

  /** Corrects the checksums, so that the damage reaches the higher layers. */
  private void repair(byte[] frame) {
    if (frame.length < LINK + 40 || frame[LINK] != 0x45) {
      return;
    }
    Packets.fixIpv4(frame, LINK);
    int end = Math.min(frame.length, LINK + Packets.getShort(frame, LINK + 2));
    int at = LINK + 20;
    if (frame[LINK + 9] == 6 && end - at >= 20) {
      Packets.putShort(frame, at + 16, 0);
      byte[] pseudo = new byte[12];
      System.arraycopy(frame, LINK + 12, pseudo, 0, 8);
      Packets.putShort(pseudo, 8, 6);
      Packets.putShort(pseudo, 10, end - at);
      int sum = ~Packets.checksum(pseudo, 0, 12, 0) & 0xffff;
      Packets.putShort(frame, at + 16, Packets.checksum(frame, at, end - at, sum));
    }
  }
}
