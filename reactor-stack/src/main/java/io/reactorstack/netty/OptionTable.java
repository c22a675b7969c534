package io.reactorstack.netty;

import io.netty.channel.ChannelOption;
import io.netty.util.internal.ObjectUtil;
import io.reactorstack.tcp.TcpSocketOptions;
import io.reactorstack.tcp.model.TcpSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The table of the options of the stack's channels. Each option has one row, which contains the kinds of channel that
 * support it and how each kind reads, checks and sets it. An instance is the table for one kind of channel.
 *
 * <p>To add an option, add a row to {@link #ROWS} and, if the option has a state of its own, a field to a config.
 */
final class OptionTable {

  /** One or more kinds of channel, identified by the type of their configs. */
  private record Kind<C>(Class<?> config) {

    static final Kind<StackChannelConfig<?>> EVERY = new Kind<>(StackChannelConfig.class);
    static final Kind<TcpConfig> TCP = new Kind<>(TcpConfig.class);
    static final Kind<StackSocketChannelConfig> STREAM = new Kind<>(StackSocketChannelConfig.class);
    static final Kind<StackServerSocketChannelConfig> LISTENER = new Kind<>(StackServerSocketChannelConfig.class);
    static final Kind<StackDatagramChannelConfig> DATAGRAM = new Kind<>(StackDatagramChannelConfig.class);
  }

  @SuppressWarnings("deprecation")
  private static final List<Row<?>> ROWS = List.of(
      // Options of every kind of socket. As with the kernel's sockets, a TCP buffer whose size was set does not grow
      // automatically.
      row(ChannelOption.SO_RCVBUF)
          .tcp(Kind.TCP, s -> s.buffers().receiveBuffer(), BufferSizes::atLeastMinimum,
              (s, size) -> s.withBuffers(buffers -> buffers.withReceiveBuffer(size).withMaxReceiveBuffer(size)),
              (open, s) -> open.receiveBuffer(s.buffers().receiveBuffer()))
          .on(Kind.DATAGRAM, StackDatagramChannelConfig::getReceiveBufferSize, BufferSizes::queue, (config, size) -> {
            config.change(old -> old.withReceiveQueue(size, old.receiveDatagrams()));
            config.channel.settingsChanged();
          }),
      row(ChannelOption.SO_SNDBUF)
          .tcp(Kind.STREAM, s -> s.buffers().sendBuffer(), BufferSizes::atLeastMinimum,
              (s, size) -> s.withBuffers(buffers -> buffers.withSendBuffer(size).withMaxSendBuffer(size)),
              (open, s) -> open.sendBuffer(s.buffers().sendBuffer()))
          .on(Kind.DATAGRAM, StackDatagramChannelConfig::getSendBufferSize, BufferSizes::queue, (config, size) -> {
            config.change(old -> old.withSendQueue(size, old.sendDatagrams()));
            config.channel.settingsChanged();
          }),
      row(ChannelOption.SO_REUSEADDR)
          .on(Kind.STREAM, StackSocketChannelConfig::isReuseAddress, (config, on) -> config.reuseAddress = on)
          .on(Kind.LISTENER, StackServerSocketChannelConfig::isReuseAddress, (config, on) -> config.reuseAddress = on)
          .on(Kind.DATAGRAM, StackDatagramChannelConfig::isReuseAddress,
              (config, on) -> config.change(old -> old.withReuseAddress(on))),
      row(ChannelOption.IP_TOS)
          .tcp(Kind.STREAM, s -> s.wire().trafficClass(), OptionTable::trafficClass,
              (s, octet) -> s.withWire(wire -> wire.withTrafficClass(octet)),
              (open, s) -> open.packetFields(s.wire().trafficClass(), s.wire().hopLimit()))
          .on(Kind.DATAGRAM, StackDatagramChannelConfig::getTrafficClass, OptionTable::trafficClass,
              (config, octet) -> config.trafficClass = octet),
      row(StackChannelOption.LONG_DATAGRAMS)
          .on(Kind.DATAGRAM, config -> config.settings().longDatagrams(), (config, treatment) -> {
            config.change(old -> old.withLongDatagrams(treatment));
            config.channel.settingsChanged();
          }),
      row(StackChannelOption.CAPTURE).unlisted().byName()
          .on(Kind.EVERY, StackChannelConfig::capture, StackChannelConfig::capture),

      // Options of TCP connections, and of listeners for the connections that they accept.
      row(StackChannelOption.TCP_MAXSEG).byName()
          .tcp(Kind.TCP, s -> s.wire().maxSegmentSize(), BufferSizes::segment,
              (s, cap) -> s.withWire(wire -> wire.withMaxSegmentSize(cap))),
      row(StackChannelOption.CONGESTION_CONTROL).byName()
          .tcp(Kind.TCP, s -> s.congestion().congestionControl(), factory -> factory,
              (s, factory) -> s.withCongestion(congestion -> congestion.withCongestionControl(factory)),
              (open, s) -> open.congestionControl(s.congestion().congestionControl())),

      // Options of TCP connections.
      row(ChannelOption.TCP_NODELAY)
          .tcp(Kind.STREAM, s -> s.timers().noDelay(), on -> on,
              (s, on) -> s.withTimers(timers -> timers.withNoDelay(on)),
              (open, s) -> open.noDelay(s.timers().noDelay())),
      row(StackChannelOption.TCP_QUICKACK).byName()
          .tcp(Kind.STREAM, s -> s.timers().quickAck(), on -> on,
              (s, on) -> s.withTimers(timers -> timers.withQuickAck(on)),
              (open, s) -> open.quickAck(s.timers().quickAck())),
      row(StackChannelOption.TCP_CORK).byName()
          .on(Kind.STREAM, StackSocketChannelConfig::isCorked, (config, on) -> {
            config.cork = on;
            config.channel.apply(socket -> socket.options().cork(on));
          }),
      row(ChannelOption.SO_KEEPALIVE)
          .tcp(Kind.STREAM, s -> s.probing().keepAlive(), on -> on,
              (s, on) -> s.withProbing(probing -> probing.withKeepAlive(on)), OptionTable::keepAlive),
      row(StackChannelOption.TCP_KEEPIDLE).byName()
          .tcp(Kind.STREAM, s -> (int) s.probing().keepAliveIdle().toSeconds(), OptionTable::seconds,
              (s, n) -> s.withProbing(probing -> probing.withKeepAliveIdle(Duration.ofSeconds(n))),
              OptionTable::keepAlive),
      // The JDK has other names for the next two options.
      row(StackChannelOption.TCP_KEEPINTVL).byName("TCP_KEEPINTERVAL")
          .tcp(Kind.STREAM, s -> (int) s.probing().keepAliveInterval().toSeconds(), OptionTable::seconds,
              (s, n) -> s.withProbing(probing -> probing.withKeepAliveInterval(Duration.ofSeconds(n))),
              OptionTable::keepAlive),
      row(StackChannelOption.TCP_KEEPCNT).byName("TCP_KEEPCOUNT")
          .tcp(Kind.STREAM, s -> s.probing().keepAliveProbes(), n -> ObjectUtil.checkPositive(n, "probes"),
              (s, n) -> s.withProbing(probing -> probing.withKeepAliveProbes(n)), OptionTable::keepAlive),
      row(StackChannelOption.TCP_USER_TIMEOUT).byName()
          .tcp(Kind.STREAM, s -> (int) s.closing().userTimeout().toMillis(),
              n -> ObjectUtil.checkPositiveOrZero(n, "milliseconds"),
              (s, n) -> s.withClosing(closing -> closing.withUserTimeout(Duration.ofMillis(n))),
              (open, s) -> open.userTimeout(s.closing().userTimeout())),
      row(ChannelOption.TCP_FASTOPEN_CONNECT)
          .tcp(Kind.STREAM, s -> s.security().fastOpen(), on -> on,
              (s, on) -> s.withSecurity(security -> security.withFastOpen(on))),
      row(ChannelOption.SO_LINGER)
          .on(Kind.STREAM, StackSocketChannelConfig::getSoLinger, n -> Math.max(-1, n),
              (config, n) -> config.linger = n),
      row(ChannelOption.ALLOW_HALF_CLOSURE)
          .on(Kind.STREAM, StackSocketChannelConfig::isAllowHalfClosure, (config, on) -> config.allowHalfClosure = on),
      row(StackChannelOption.TCP_INFO).unlisted().byName()
          .readOnly(Kind.STREAM, config -> config.channel.tcpInfo()),
      row(StackChannelOption.CLOSE_REPORT).unlisted().byName()
          .readOnly(Kind.STREAM, config -> config.channel.closeReport()),

      // Options of listeners.
      row(ChannelOption.SO_BACKLOG)
          .on(Kind.LISTENER, StackServerSocketChannelConfig::getBacklog,
              n -> ObjectUtil.checkPositiveOrZero(n, "backlog"), (config, n) -> config.backlog = n),
      row(ChannelOption.TCP_FASTOPEN)
          .on(Kind.LISTENER, StackServerSocketChannelConfig::fastOpens,
              n -> ObjectUtil.checkPositiveOrZero(n, "connections"), (config, n) -> {
                config.fastOpens = n;
                config.change(old -> old.withSecurity(security -> security.withFastOpen(n > 0)));
              }),

      // Options of UDP sockets.
      row(ChannelOption.SO_BROADCAST)
          .on(Kind.DATAGRAM, StackDatagramChannelConfig::isBroadcast, (config, on) -> config.broadcast = on),
      row(ChannelOption.IP_MULTICAST_TTL)
          .on(Kind.DATAGRAM, StackDatagramChannelConfig::getTimeToLive,
              n -> ObjectUtil.checkInRange(n, 0, 255, "hops"), (config, n) -> {
                config.multicastHopLimit = n;
                config.channel.groupOptionsChanged();
              }),
      row(ChannelOption.IP_MULTICAST_LOOP_DISABLED)
          .on(Kind.DATAGRAM, StackDatagramChannelConfig::isLoopbackModeDisabled, (config, on) -> {
            config.loopbackDisabled = on;
            config.channel.groupOptionsChanged();
          }),
      row(ChannelOption.IP_MULTICAST_IF)
          .on(Kind.DATAGRAM, StackDatagramChannelConfig::getNetworkInterface,
              (config, chosen) -> config.chooseInterface(null, chosen)),
      row(ChannelOption.IP_MULTICAST_ADDR)
          .on(Kind.DATAGRAM, StackDatagramChannelConfig::getInterface,
              (config, address) -> config.chooseInterface(address, null)),
      row(ChannelOption.DATAGRAM_CHANNEL_ACTIVE_ON_REGISTRATION).unlisted()
          .on(Kind.DATAGRAM, StackDatagramChannelConfig::isActiveOnRegistration,
              (config, on) -> config.activeOnRegistration = on));

  private final Map<ChannelOption<?>, Access<?>> byOption = new HashMap<>();
  private final Map<String, Access<?>> byName = new HashMap<>();
  private final ChannelOption<?>[] listed;

  private OptionTable(Class<?> config) {
    List<ChannelOption<?>> shown = new ArrayList<>();
    for (Row<?> row : ROWS) {
      Access<?> access = row.of(config);
      if (access != null) {
        byOption.put(row.option, access);
        row.names.forEach(name -> byName.put(name, access));
        if (row.listed) {
          shown.add(row.option);
        }
      }
    }
    listed = shown.toArray(ChannelOption<?>[]::new);
  }

  /** Returns the table for channels whose config is a {@code config}. */
  static OptionTable of(Class<? extends StackChannelConfig<?>> config) {
    return new OptionTable(config);
  }

  /** The options that {@code getOptions} of a config returns. */
  ChannelOption<?>[] listed() {
    return listed.clone();
  }

  /**
   * Returns the access to {@code option}, or {@code null} if this kind of channel does not support it. An option with a
   * meaning that other transports share is found by its name, without the prefix of the transport.
   */
  @SuppressWarnings("unchecked")
  <T> @Nullable Access<T> find(ChannelOption<T> option) {
    Access<?> access = byOption.get(option);
    if (access == null) {
      String name = option.name();
      access = byName.get(name.substring(name.lastIndexOf('#') + 1));
    }
    return (Access<T>) access;
  }

  /** Reads and sets an option on one kind of channel. */
  interface Access<T> {

    /** Returns the value in {@code config}. */
    @Nullable
    T get(StackChannelConfig<?> config);

    /** Checks {@code value} and sets it. */
    void set(StackChannelConfig<?> config, T value);
  }

  private static int trafficClass(int octet) {
    return ObjectUtil.checkInRange(octet, 0, 255, "trafficClass");
  }

  private static int seconds(int seconds) {
    return ObjectUtil.checkPositive(seconds, "seconds");
  }

  private static void keepAlive(TcpSocketOptions open, TcpSettings settings) {
    open.keepAlive(settings.probing().keepAlive(), settings.probing().keepAliveIdle(),
        settings.probing().keepAliveInterval(), settings.probing().keepAliveProbes());
  }

  private static <T> Row<T> row(ChannelOption<T> option) {
    return new Row<>(option);
  }

  /** An option and its implementation for each kind of channel that supports it. */
  private static final class Row<T> {

    private final ChannelOption<T> option;
    private final List<Cell<?, T>> cells = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private boolean listed = true;

    Row(ChannelOption<T> option) {
      this.option = option;
    }

    /** Excludes this option from the result of {@code getOptions}. */
    Row<T> unlisted() {
      listed = false;
      return this;
    }

    /** Makes the option also match options of other transports with the same name, or with one of {@code others}. */
    Row<T> byName(String... others) {
      String name = option.name();
      names.add(name.substring(name.lastIndexOf('#') + 1));
      names.addAll(List.of(others));
      return this;
    }

    <C> Row<T> on(Kind<C> kind, Function<? super C, ? extends @Nullable T> get, BiConsumer<? super C, ? super T> set) {
      return on(kind, get, value -> value, set);
    }

    /** Adds a kind of channel. {@code check} returns the value to set for a given one, or throws. */
    <C> Row<T> on(Kind<C> kind, Function<? super C, ? extends @Nullable T> get, UnaryOperator<T> check,
        BiConsumer<? super C, ? super T> set) {
      cells.add(new Cell<>(kind, get, check, set));
      return this;
    }

    <C> Row<T> readOnly(Kind<C> kind, Function<? super C, ? extends @Nullable T> get) {
      return on(kind, get, (config, value) -> {
        throw new UnsupportedOperationException(option + " can only be read");
      });
    }

    /** Adds a setting of TCP connections that takes effect only when a connection is opened. */
    <C extends TcpConfig> Row<T> tcp(Kind<C> kind, Function<TcpSettings, T> get, UnaryOperator<T> check,
        BiFunction<TcpSettings, T, TcpSettings> with) {
      return on(kind, config -> get.apply(config.settings()), check,
          (config, value) -> config.change(old -> with.apply(old, value)));
    }

    /** Adds a setting of TCP connections that {@code open} also changes on an open connection. */
    <C extends TcpConfig> Row<T> tcp(Kind<C> kind, Function<TcpSettings, T> get, UnaryOperator<T> check,
        BiFunction<TcpSettings, T, TcpSettings> with, BiConsumer<TcpSocketOptions, TcpSettings> open) {
      return on(kind, config -> get.apply(config.settings()), check,
          (config, value) -> config.change(old -> with.apply(old, value), open));
    }

    @Nullable
    Access<T> of(Class<?> config) {
      for (Cell<?, T> cell : cells) {
        if (cell.kind.config.isAssignableFrom(config)) {
          return cell;
        }
      }
      return null;
    }
  }

  private record Cell<C, T>(Kind<C> kind, Function<? super C, ? extends @Nullable T> getter, UnaryOperator<T> check,
      BiConsumer<? super C, ? super T> setter) implements Access<T> {

    @Override
    public @Nullable T get(StackChannelConfig<?> config) {
      return getter.apply(cast(config));
    }

    @Override
    public void set(StackChannelConfig<?> config, T value) {
      setter.accept(cast(config), check.apply(value));
    }

    /** Safe because the table of a config contains only cells of its kind. */
    @SuppressWarnings("unchecked")
    private C cast(StackChannelConfig<?> config) {
      return (C) config;
    }
  }
}
