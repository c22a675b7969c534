package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Sets every channel option to numbers out of range and to null: the channel rejects what NIO rejects, with a message
 * that names the value.
 */
class ChannelSettingsTest {

  private static final List<Integer> WRONG = List.of(Integer.MIN_VALUE, -1, 0, 1, 256, 65_536, Integer.MAX_VALUE);

  private final TwoHosts hosts = TwoHosts.virtual(9);

  @AfterEach
  void close() {
    hosts.close();
  }

  @TestFactory
  Stream<DynamicTest> numbersOutOfRange() {
    return Stream.of(
        DynamicTest.dynamicTest("stream", () -> agree(stream(), new NioSocketChannel())),
        DynamicTest.dynamicTest("listener", () -> agree(listener(), new NioServerSocketChannel())),
        DynamicTest.dynamicTest("datagrams",
            () -> agree(datagrams(), new NioDatagramChannel(SocketProtocolFamily.INET))));
  }

  @Test
  void optionsOfTheStackRejectNumbersOutOfRange() {
    Channel channel = stream();
    for (ChannelOption<Integer> option : List.of(StackChannelOption.TCP_KEEPIDLE, StackChannelOption.TCP_KEEPINTVL,
        StackChannelOption.TCP_KEEPCNT)) {
      for (int value : List.of(Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE)) {
        refused(channel, option, value);
      }
    }
    for (int value : List.of(Integer.MIN_VALUE, -1)) {
      refused(channel, StackChannelOption.TCP_USER_TIMEOUT, value);
    }
    for (int value : List.of(Integer.MIN_VALUE, -1, 1, 87, 65_536, Integer.MAX_VALUE)) {
      refused(channel, StackChannelOption.TCP_MAXSEG, value);
    }
    assertThat(channel.config().getOption(StackChannelOption.TCP_KEEPCNT)).isEqualTo(9);
    channel.unsafe().closeForcibly();
  }

  @Test
  void everyOptionOfTheStackHasARow() throws IllegalAccessException {
    List<Class<? extends StackChannelConfig<?>>> kinds = List.of(StackSocketChannelConfig.class,
        StackServerSocketChannelConfig.class, StackDatagramChannelConfig.class);
    for (Field field : StackChannelOption.class.getFields()) {
      ChannelOption<?> option = (ChannelOption<?>) field.get(null);
      assertThat(kinds).as(field.getName()).anyMatch(kind -> OptionTable.of(kind).find(option) != null);
    }
  }

  @Test
  void optionsOfOtherTransportsAreFoundByName() {
    ChannelOption<Integer> idle = ChannelOption.valueOf("test.OtherOption#TCP_KEEPIDLE");
    ChannelOption<Integer> interval = ChannelOption.valueOf("TCP_KEEPINTERVAL");
    Channel stream = stream();
    assertThat(stream.config().setOption(idle, 17)).isTrue();
    assertThat(stream.config().setOption(interval, 18)).isTrue();
    assertThat(stream.config().getOption(StackChannelOption.TCP_KEEPIDLE)).isEqualTo(17);
    assertThat(stream.config().getOption(StackChannelOption.TCP_KEEPINTVL)).isEqualTo(18);
    Channel datagrams = datagrams();
    assertThat(datagrams.config().setOption(idle, 17)).isFalse();
    assertThat(datagrams.config().getOption(idle)).isNull();
    stream.unsafe().closeForcibly();
    datagrams.unsafe().closeForcibly();
  }

  private static void refused(Channel channel, ChannelOption<Integer> option, int value) {
    assertThatThrownBy(() -> channel.config().setOption(option, value)).as(option + " " + value)
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(String.valueOf(value))
        .hasMessageMatching(".*(expected|out of range).*");
  }

  private Channel stream() {
    return hosts.clientLoops().onChannel(SocketChannel.class, hosts.clientLoops().onClient(false));
  }

  private Channel listener() {
    return hosts.clientLoops().onChannel(ServerSocketChannel.class, hosts.clientLoops().onClient(false));
  }

  private Channel datagrams() {
    return hosts.clientLoops().onChannel(DatagramChannel.class, hosts.clientLoops().onClient(false));
  }

  private static void agree(Channel ours, Channel nio) {
    Map<String, String> differences = new TreeMap<>();
    int compared = 0;
    try {
      for (Map.Entry<ChannelOption<?>, Object> known : ours.config().getOptions().entrySet()) {
        if (known.getValue() instanceof Integer) {
          for (int value : WRONG) {
            String mine = outcome(ours, known.getKey(), value);
            String theirs = outcome(nio, known.getKey(), value);
            boolean common = nio.config().getOptions().containsKey(known.getKey());
            compared += common ? 1 : 0;
            if (common && !mine.equals(theirs)) {
              differences.put(known.getKey() + " " + value, mine + ", NIO " + theirs);
            }
          }
        }
        String missing = outcome(ours, known.getKey(), null);
        assertThat(missing).as(known.getKey() + " null").isEqualTo("refused");
      }
    } finally {
      nio.unsafe().closeForcibly();
      ours.unsafe().closeForcibly();
    }
    assertThat(compared).as("numbers compared").isGreaterThan(5 * WRONG.size());
    assertThat(differences).as("values that NIO accepts or rejects differently").isEmpty();
  }

  @SuppressWarnings("unchecked")
  private static String outcome(Channel channel, ChannelOption<?> option, Integer value) {
    try {
      channel.config().setOption((ChannelOption<Object>) option, value);
      return "taken";
    } catch (IllegalArgumentException | NullPointerException e) {
      assertThat(e.getMessage()).as(option + " " + value).isNotBlank();
      return "refused";
    } catch (ChannelException e) {
      return "refused";
    }
  }
}
