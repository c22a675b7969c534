package io.reactorstack.agent;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.BufferSettings;
import io.reactorstack.tcp.model.TcpSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The options that a program has set on a stream socket, with Linux's numbers and units. */
final class StreamOptions {

  /** The level and name of an option. */
  record Name(int level, int name) {}

  static final Name REUSE_ADDRESS = new Name(1, 2);
  static final Name TYPE = new Name(1, 3);
  static final Name ERROR = new Name(1, 4);
  static final Name SEND_BUFFER = new Name(1, 7);
  static final Name RECEIVE_BUFFER = new Name(1, 8);
  static final Name KEEP_ALIVE = new Name(1, 9);
  static final Name LINGER = new Name(1, 13);
  static final Name ACCEPTS = new Name(1, 30);
  static final Name PROTOCOL = new Name(1, 38);
  static final Name DOMAIN = new Name(1, 39);
  static final Name NO_DELAY = new Name(6, 1);
  static final Name MAX_SEGMENT = new Name(6, 2);
  static final Name CORK = new Name(6, 3);
  static final Name KEEP_IDLE = new Name(6, 4);
  static final Name KEEP_INTERVAL = new Name(6, 5);
  static final Name KEEP_COUNT = new Name(6, 6);
  static final Name SYN_COUNT = new Name(6, 7);
  static final Name LINGER2 = new Name(6, 8);
  static final Name QUICK_ACK = new Name(6, 12);
  static final Name CONGESTION = new Name(6, 13);
  static final Name USER_TIMEOUT = new Name(6, 18);
  static final Name TOS = new Name(0, 1);
  static final Name TTL = new Name(0, 2);
  static final Name MTU_DISCOVER = new Name(0, 10);
  static final Name HOP_LIMIT = new Name(41, 16);
  static final Name V6_MTU_DISCOVER = new Name(41, 23);
  static final Name V6_ONLY = new Name(41, 26);
  static final Name TRAFFIC_CLASS = new Name(41, 67);

  static final Set<Name> KEEP_ALIVE_OPTIONS = Set.of(KEEP_ALIVE, KEEP_IDLE, KEEP_INTERVAL, KEEP_COUNT);
  static final Set<Name> PACKET_FIELDS = Set.of(TOS, TTL, HOP_LIMIT, TRAFFIC_CLASS);

  private static final int CONGESTION_NAME_BYTES = 16;
  private static final int SMALLEST_RECEIVE_BUFFER = 2304;
  private static final int SMALLEST_SEND_BUFFER = 4608;

  private final Profile profile;
  /** The values set, as numbers. */
  private final Map<Name, Integer> set = new HashMap<>();
  private int lingerSeconds = -1;
  private @Nullable String congestion;

  StreamOptions(Profile profile) {
    this.profile = profile;
  }

  /** Returns the options that an accepted socket inherits from its listener. */
  StreamOptions inherited() {
    StreamOptions copy = new StreamOptions(profile);
    copy.set.putAll(set);
    copy.lingerSeconds = lingerSeconds;
    copy.congestion = congestion;
    return copy;
  }

  boolean isOn(Name name) {
    return get(name, 0) != 0;
  }

  boolean isSet(Name name) {
    return set.containsKey(name);
  }

  int get(Name name, int otherwise) {
    return set.getOrDefault(name, otherwise);
  }

  /** The time to wait in close, in seconds, or -1. */
  int lingerSeconds() {
    return lingerSeconds;
  }

  // ---- setsockopt

  /**
   * Sets an option.
   *
   * @throws CallFailed if there is no such option or the value is invalid
   */
  void set(Name name, byte[] value) {
    if (name.equals(CONGESTION)) {
      setCongestion(value);
    } else if (name.equals(LINGER)) {
      if (value.length < 8) {
        throw Errno.EINVAL.failure();
      }
      lingerSeconds = ByteBuffer.wrap(value).getInt(0) == 0 ? -1 : Math.max(0, ByteBuffer.wrap(value).getInt(4));
    } else {
      set.put(name, checked(name, number(value)));
    }
  }

  static int number(byte[] value) {
    if (value.length < 4) {
      throw Errno.EINVAL.failure();
    }
    return ByteBuffer.wrap(value).getInt();
  }

  private void setCongestion(byte[] value) {
    String name = new String(value, StandardCharsets.US_ASCII).replace("\0", "").strip();
    if (Profile.congestionControl(name) == null) {
      throw Errno.ENOENT.failure();
    }
    congestion = name;
  }

  private static int checked(Name name, int value) {
    if (name.equals(SEND_BUFFER)) {
      // Linux doubles the size for its own overhead.
      return Math.max(2 * Math.clamp(value, 0, BufferSettings.MOST / 2), SMALLEST_SEND_BUFFER);
    }
    if (name.equals(RECEIVE_BUFFER)) {
      return Math.max(2 * Math.clamp(value, 0, Integer.MAX_VALUE / 2), SMALLEST_RECEIVE_BUFFER);
    }
    if (name.equals(TTL) || name.equals(HOP_LIMIT)) {
      if (value != -1 && (value < (name.equals(TTL) ? 1 : 0) || value > 255)) {
        throw Errno.EINVAL.failure();
      }
      return value;
    }
    return inRange(name, value);
  }

  private static int inRange(Name name, int value) {
    if (name.equals(MAX_SEGMENT)) {
      return within(value, value == 0 ? 0 : 88, 32_767, value);
    }
    if (name.equals(KEEP_IDLE) || name.equals(KEEP_INTERVAL)) {
      return within(value, 1, 32_767, value);
    }
    if (name.equals(KEEP_COUNT) || name.equals(SYN_COUNT)) {
      return within(value, 1, 127, value);
    }
    if (name.equals(USER_TIMEOUT)) {
      return within(value, 0, Integer.MAX_VALUE, value);
    }
    if (name.equals(LINGER2)) {
      return value > 120 ? 120 : Math.max(-1, value);
    }
    return switch (name.level() * 1000 + name.name()) {
      case 1_002, 1_009, 6_001, 6_003, 6_012, 41_026 -> value == 0 ? 0 : 1;
      case 1, 10, 41_023 -> value;
      case 41_067 -> within(value, -1, 255, Math.max(0, value));
      default -> throw Errno.ENOPROTOOPT.failure();
    };
  }

  private static int within(int value, int least, int most, int accepted) {
    if (value < least || value > most) {
      throw Errno.EINVAL.failure();
    }
    return accepted;
  }

  // ---- getsockopt

  /**
   * Returns the value of an option that does not depend on a connection.
   *
   * @throws CallFailed if there is no such option
   */
  byte[] value(Name name) {
    TcpSettings now = settings();
    if (name.equals(CONGESTION)) {
      return congestionName();
    }
    if (name.equals(LINGER)) {
      return ByteBuffer.allocate(8).putInt(lingerSeconds < 0 ? 0 : 1).putInt(Math.max(0, lingerSeconds)).array();
    }
    if (name.equals(SEND_BUFFER)) {
      return int32(get(name, now.buffers().sendBuffer()));
    }
    if (name.equals(RECEIVE_BUFFER)) {
      return int32(get(name, now.buffers().receiveBuffer()));
    }
    if (name.equals(QUICK_ACK)) {
      return int32(get(name, 1));
    }
    return int32(switch (name.level() * 1000 + name.name()) {
      case 1_002, 6_001, 6_003, 41_026, 1, 1_009, 41_067 -> get(name, 0);
      case 6_004 -> (int) now.probing().keepAliveIdle().toSeconds();
      case 6_005 -> (int) now.probing().keepAliveInterval().toSeconds();
      case 6_006 -> now.probing().keepAliveProbes();
      case 6_007 -> now.timers().synRetries();
      case 6_008 -> get(name, (int) now.closing().finWait2().toSeconds());
      case 6_018 -> get(name, 0);
      case 2 -> get(TTL, 64) == -1 ? 64 : get(TTL, 64);
      case 41_016 -> get(HOP_LIMIT, 64) == -1 ? 64 : get(HOP_LIMIT, 64);
      case 10, 41_023 -> get(name, 1);
      default -> throw Errno.ENOPROTOOPT.failure();
    });
  }

  private byte[] congestionName() {
    String name = congestion == null ? profile.congestionName() : congestion;
    return Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), CONGESTION_NAME_BYTES);
  }

  static byte[] int32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  // ---- settings of new connections

  TcpSettings settings() {
    TcpSettings s = profile.settings()
        .withTimers(timers -> timers.withNoDelay(isOn(NO_DELAY)))
        .withProbing(probing -> probing.withKeepAlive(isOn(KEEP_ALIVE)))
        .withWire(wire -> wire.withMaxSegmentSize(get(MAX_SEGMENT, 0))
            .withTrafficClass(get(TOS, get(TRAFFIC_CLASS, 0)) & 0xff));
    int hops = get(TTL, get(HOP_LIMIT, -1));
    s = hops > 0 ? s.withWire(wire -> wire.withHopLimit(hops)) : s;
    s = isSet(QUICK_ACK) ? s.withTimers(timers -> timers.withQuickAck(isOn(QUICK_ACK))) : s;
    s = isSet(SYN_COUNT) ? s.withTimers(timers -> timers.withSynRetries(get(SYN_COUNT, 0))) : s;
    s = isSet(LINGER2)
        ? s.withClosing(closing -> closing.withFinWait2(Duration.ofSeconds(Math.max(0, get(LINGER2, 0)))))
        : s;
    s = isOn(USER_TIMEOUT)
        ? s.withClosing(closing -> closing.withUserTimeout(Duration.ofMillis(get(USER_TIMEOUT, 0))))
        : s;
    s = isSet(SEND_BUFFER)
        ? s.withBuffers(buffers -> buffers.withSendBuffer(get(SEND_BUFFER, 0)).withMaxSendBuffer(get(SEND_BUFFER, 0)))
        : s;
    if (isSet(RECEIVE_BUFFER)) {
      int window = get(RECEIVE_BUFFER, 0) / 2;
      s = s.withBuffers(
          buffers -> buffers.withReceiveBuffer(Math.max(window, 2048)).withMaxReceiveBuffer(Math.max(window, 2048)));
    }
    CongestionControl.Factory factory = congestion == null ? null : Profile.congestionControl(congestion);
    s = factory == null ? s : s.withCongestion(congestion -> congestion.withCongestionControl(factory));
    return withKeepAliveTimes(s);
  }

  private TcpSettings withKeepAliveTimes(TcpSettings settings) {
    TcpSettings s = settings;
    s = isSet(KEEP_IDLE)
        ? s.withProbing(probing -> probing.withKeepAliveIdle(Duration.ofSeconds(get(KEEP_IDLE, 0))))
        : s;
    s = isSet(KEEP_INTERVAL)
        ? s.withProbing(probing -> probing.withKeepAliveInterval(Duration.ofSeconds(get(KEEP_INTERVAL, 0))))
        : s;
    return isSet(KEEP_COUNT) ? s.withProbing(probing -> probing.withKeepAliveProbes(get(KEEP_COUNT, 0))) : s;
  }
}
