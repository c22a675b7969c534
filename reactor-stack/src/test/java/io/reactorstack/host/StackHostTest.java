package io.reactorstack.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.TwoShards;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.UdpDrop;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.udp.UdpSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A host with two shards: finding a shard, settings, shutdown. */
class StackHostTest {

  private static final Endpoint LOCAL = new Endpoint(IpAddress.parse("127.0.0.1"), 5353);

  private final TwoShards shards = new TwoShards();
  private final StackHost host = shards.host();

  private UdpSocket bind(int shard) throws IOException {
    return host.shards().get(shard).udp().bind(LOCAL, UdpSettings.DEFAULT, changed -> {});
  }

  @Test
  void findsAShardByItsLoop() {
    assertThat(host.shards()).hasSize(2);
    assertThat(host.shardOn(shards.first())).isSameAs(host.owner()).isSameAs(host.shards().get(0));
    assertThat(host.shardOn(shards.second())).isSameAs(host.shards().get(1));
    assertThat(host.shardOn(new VirtualLoop())).isNull();
    shards.end();
  }

  @Test
  void shardsHaveTheirOwnSocketsAndShareTheSettings() throws IOException {
    UdpSocket first = bind(0);
    UdpSocket second = bind(1);
    assertThat(first.local()).isEqualTo(second.local());
    assertThat(host.shards()).allSatisfy(shard -> {
      assertThat(shard.settings()).isSameAs(host.settings());
      shard.drops().count(UdpDrop.RELEASED);
      assertThat(shard.drops().get(UdpDrop.RELEASED)).as("each shard has its own counters").isOne();
    });
    assertThat(host.drops().get(UdpDrop.RELEASED)).as("the host's drops are the sum of all shards'").isEqualTo(2);
    shards.end();
  }

  @Test
  void hostEndsWhenItsLastShardHasEnded() throws IOException {
    UdpSocket open = bind(1);
    AtomicBoolean ended = new AtomicBoolean();
    List<InterfaceEvent> events = new ArrayList<>();
    AtomicBoolean complete = new AtomicBoolean();
    host.interfaceEvents().subscribe(events::add, e -> {}, () -> complete.set(true));
    host.end(Duration.ofSeconds(30), Duration.ofSeconds(60)).subscribe(null, null, () -> ended.set(true));
    shards.settle();
    assertThat(host.isStopping()).isTrue();
    assertThatIOException().as("rejected on the idle shard").isThrownBy(() -> bind(0))
        .withMessage("Network stack stopped");
    assertThatIOException().as("rejected on the shard with an open socket").isThrownBy(() -> bind(1))
        .withMessage("Network stack stopped");
    assertThat(ended).as("a socket is open on the second shard").isFalse();
    open.close();
    shards.settle();
    assertThat(ended).isTrue();
    assertThat(complete).isTrue();
    assertThat(events).isEmpty();
  }

  @Test
  void hostEndsWhenTheTimeoutOfAllShardsHasPassed() throws IOException {
    UdpSocket one = bind(0);
    UdpSocket two = bind(1);
    AtomicBoolean ended = new AtomicBoolean();
    host.end(Duration.ofSeconds(5), Duration.ofSeconds(5)).subscribe(null, null, () -> ended.set(true));
    shards.first().advance(Duration.ofSeconds(6));
    assertThat(one.isClosed()).isTrue();
    assertThat(two.isClosed()).isFalse();
    assertThat(ended).isFalse();
    shards.second().advance(Duration.ofSeconds(6));
    assertThat(two.isClosed()).isTrue();
    shards.settle();
    assertThat(ended).isTrue();
  }

  @Test
  void aHostHasAtLeastOneLoop() {
    assertThatIllegalArgumentException().isThrownBy(HostLoops::given);
    shards.end();
  }
}
