package io.reactorstack.tcp.model;

import io.reactorstack.tcp.congestion.CongestionState;
import java.time.Duration;
import java.util.Locale;

/**
 * Formats a {@link TcpInfo} as a line in the style of {@code ss -ti}, which leaves out values that are zero or usual.
 */
final class InfoLine {

  private final StringBuilder text = new StringBuilder(512);

  private InfoLine() {}

  static String of(TcpInfo info) {
    InfoLine line = new InfoLine();
    line.text.append(name(info.state()));
    line.options(info.options());
    line.word(info.congestion().algorithm());
    line.timing(info.timing().roundTrip(), info.timing().timeouts());
    line.sizes(info);
    line.sent(info.sent());
    line.delivery(info.transfer().delivery());
    line.received(info.received());
    line.rates(info);
    line.limits(info.limits());
    line.flight(info);
    line.windows(info);
    return line.text.toString();
  }

  private static String name(TcpState state) {
    return switch (state) {
      case ESTABLISHED -> "ESTAB";
      case SYN_RECEIVED -> "SYN-RECV";
      case CLOSED -> "UNCONN";
      case SYN_SENT, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT ->
        state.name().replace('_', '-');
    };
  }

  private void options(TcpInfo.Options options) {
    flag("ts", options.ts());
    flag("sack", options.sack());
    flag("ecn", options.ecn());
    flag("ecnseen", options.ecnseen());
    flag("fastopen", options.fastopen());
    if (options.wscale()) {
      word("wscale:" + options.sndWscale() + "," + options.rcvWscale());
    }
  }

  private void timing(TcpInfo.RoundTrip roundTrip, TcpInfo.Timeouts timeouts) {
    word("rto:" + millis(timeouts.rto()));
    count("backoff", timeouts.backoff());
    if (!roundTrip.rtt().isZero()) {
      word("rtt:" + millis(roundTrip.rtt()) + "/" + millis(roundTrip.rttvar()));
    }
    time("ato", timeouts.ato());
    count("retransmits", timeouts.retransmits());
    count("probes", timeouts.probes());
  }

  private void sizes(TcpInfo info) {
    TcpInfo.Sizes sizes = info.sizes();
    count("mss", sizes.mss());
    count("pmtu", sizes.pmtu());
    count("rcvmss", sizes.rcvmss());
    count("advmss", sizes.advmss());
    int mss = Math.max(1, sizes.mss());
    TcpInfo.Congestion congestion = info.congestion();
    count("cwnd", congestion.cwnd() / mss);
    if (congestion.ssthresh() != Integer.MAX_VALUE) {
      count("ssthresh", congestion.ssthresh() / mss);
    }
    if (congestion.caState() != CongestionState.OPEN) {
      word("ca_state:" + congestion.caState().name().toLowerCase(Locale.ROOT));
    }
  }

  private void sent(TcpInfo.Sent sent) {
    count("bytes_sent", sent.bytesSent());
    count("bytes_retrans", sent.bytesRetrans());
    count("bytes_acked", sent.bytesAcked());
    count("segs_out", sent.segsOut());
    count("data_segs_out", sent.dataSegsOut());
  }

  private void delivery(TcpInfo.Delivery delivery) {
    count("delivered", delivery.delivered());
    count("delivered_ce", delivery.deliveredCe());
    count("dsack_dups", delivery.dsackDups());
  }

  private void received(TcpInfo.Received received) {
    count("bytes_received", received.bytesReceived());
    count("segs_in", received.segsIn());
    count("data_segs_in", received.dataSegsIn());
    count("rcv_ooopack", received.rcvOoopack());
  }

  private void rates(TcpInfo info) {
    TcpInfo.Congestion congestion = info.congestion();
    rate("send", congestion.sendRate());
    TcpInfo.Idle idle = info.timing().idle();
    time("lastsnd", idle.lastsnd());
    time("lastrcv", idle.lastrcv());
    time("lastack", idle.lastack());
    rate("pacing_rate", congestion.pacingRate());
    rate("delivery_rate", congestion.deliveryRate());
    flag("app_limited", congestion.appLimited());
  }

  private void limits(TcpInfo.Limits limits) {
    Duration busy = limits.busy();
    if (busy.isZero()) {
      return;
    }
    word("busy:" + millis(busy) + "ms");
    share("rwnd_limited", limits.rwndLimited(), busy);
    share("sndbuf_limited", limits.sndbufLimited(), busy);
    share("cwnd_limited", limits.cwndLimited(), busy);
    share("zero_window", limits.zeroWindow(), busy);
  }

  private void flight(TcpInfo info) {
    TcpInfo.Flight flight = info.flight();
    count("unacked", flight.unacked());
    if (flight.retrans() > 0 || info.sent().totalRetrans() > 0) {
      word("retrans:" + flight.retrans() + "/" + info.sent().totalRetrans());
    }
    count("lost", flight.lost());
    count("sacked", flight.sacked());
    if (flight.reordering() != 3) {
      count("reordering", flight.reordering());
    }
    count("reord_seen", flight.reordSeen());
    time("rcv_rtt", info.timing().roundTrip().rcvRtt());
    count("notsent", flight.notsent());
    time("minrtt", info.timing().roundTrip().minrtt());
  }

  private void windows(TcpInfo info) {
    count("rcv_space", info.windows().rcvSpace());
    count("rcv_ssthresh", info.windows().rcvSsthresh());
    count("snd_wnd", info.windows().sndWnd());
    count("rcv_wnd", info.windows().rcvWnd());
  }

  private void word(String word) {
    text.append(' ').append(word);
  }

  private void flag(String name, boolean set) {
    if (set) {
      word(name);
    }
  }

  private void count(String name, long value) {
    if (value != 0) {
      word(name + ":" + value);
    }
  }

  private void time(String name, Duration value) {
    if (!value.isZero()) {
      word(name + ":" + millis(value));
    }
  }

  private void rate(String name, long bitsPerSecond) {
    if (bitsPerSecond > 0) {
      word(name + " " + bitsPerSecond + "bps");
    }
  }

  private void share(String name, Duration part, Duration whole) {
    if (!part.isZero()) {
      double percent = 100.0 * part.toNanos() / whole.toNanos();
      word(name + ":" + millis(part) + "ms(" + String.format(Locale.ROOT, "%.1f", percent) + "%)");
    }
  }

  /** Formats a duration in milliseconds with up to three decimals and without trailing zeros. */
  private static String millis(Duration duration) {
    long micros = duration.toNanos() / 1000;
    if (micros % 1000 == 0) {
      return Long.toString(micros / 1000);
    }
    String text = String.format(Locale.ROOT, "%.3f", micros / 1000.0);
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, end);
  }
}
