package io.reactorstack.tcp;

import io.reactorstack.icmp.IcmpError;
import io.reactorstack.tcp.model.ConnectionHistory.SegmentSummary;
import io.reactorstack.tcp.model.ConnectionHistory.StateEntry;
import io.reactorstack.tcp.model.TcpInfo;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Formats a {@link CloseReport} as a paragraph for humans. */
final class CloseText {

  private static final int SEGMENTS_TOLD = 6;

  private CloseText() {}

  static String of(CloseReport report) {
    StringBuilder text = new StringBuilder(512).append(what(report));
    if (report.failure() instanceof IcmpError error) {
      text.append(" (ICMP from ").append(error.reporter()).append(": ").append(error.text()).append(')');
    }
    text.append(when(report.sinceDataSent(), report.sinceDataReceived()))
        .append(". ")
        .append(path(report))
        .append(". ")
        .append(numbers(report.info()))
        .append('.');
    List<SegmentSummary> segments = report.history().segments();
    if (!segments.isEmpty()) {
      text.append(" Last segments: ");
      StringJoiner told = new StringJoiner("; ");
      for (SegmentSummary s : segments.subList(Math.max(0, segments.size() - SEGMENTS_TOLD), segments.size())) {
        told.add(s + " " + duration(Duration.ofNanos(report.endedAt() - s.at())) + " before");
      }
      text.append(told).append('.');
    }
    return text.toString();
  }

  private static String what(CloseReport report) {
    String peer = "Peer " + report.remote();
    String connection = "the connection " + report.local() + " > " + report.remote();
    return switch (report.cause()) {
      case FINISHED -> report.endedBy() == CloseReport.Party.PEER
          ? peer + " closed the connection and we followed"
          : "We closed " + connection + " and the peer followed";
      case REFUSED -> peer + " refused the connection";
      case RESET_BY_PEER -> peer + " reset the connection";
      case ABORTED -> report.wasEstablished() ? "We aborted " + connection : "We gave up opening " + connection;
      case HANDSHAKE_TIMEOUT -> peer + " did not answer our SYN in " + (1 + report.info().retransmissions())
          + " tries";
      case RETRANSMISSION_TIMEOUT -> peer + " no longer acknowledged what we sent, in "
          + report.info().timing().retransmits() + " retransmission timeouts";
      case HALF_CLOSE_TIMEOUT -> peer + " did not close its side in time after we had closed ours";
      case ORPHAN_TIMEOUT -> peer + " took no more of what was left to send after we had closed";
      case KEEP_ALIVE_TIMEOUT -> peer + " did not answer keep-alive probes";
      case NETWORK_UNREACHABLE -> "The network of " + report.remote() + " was reported unreachable";
      case HOST_UNREACHABLE -> "The host of " + report.remote() + " was reported unreachable";
      case PORT_UNREACHABLE -> peer + " was reported not to listen";
      case STACK_STOPPED -> "Our stack was stopped and ended " + connection;
      case DEVICE_FAILED -> "Our network device failed and ended " + connection;
      case ADDRESS_REMOVED -> "Our address was removed, which ended " + connection;
    };
  }

  private static String when(@Nullable Duration sinceSent, @Nullable Duration sinceReceived) {
    if (sinceSent == null && sinceReceived == null) {
      return ", without any data sent or received";
    }
    if (sinceSent == null) {
      return " " + duration(sinceReceived) + " after its last data, with no data sent";
    }
    String sent = " " + duration(sinceSent) + " after our last data";
    return sinceReceived == null
        ? sent + ", with no data received"
        : sent + " and " + duration(sinceReceived)
            + " after its last";
  }

  /** Returns the lifetime and the states, with the time spent in each. */
  private static String path(CloseReport report) {
    List<StateEntry> states = report.history().states();
    StringJoiner path = new StringJoiner(", ", "It lasted " + duration(report.lifetime()) + " (", ")");
    for (int i = 0; i < states.size(); i++) {
      boolean last = i + 1 == states.size();
      long until = last ? report.endedAt() : states.get(i + 1).at();
      String name = states.get(i).state().name().replace('_', '-');
      long spent = until - states.get(i).at();
      path.add(last && spent == 0 ? name : name + " " + duration(Duration.ofNanos(spent)));
    }
    return path.toString();
  }

  private static String numbers(TcpInfo info) {
    StringBuilder text = new StringBuilder(100)
        .append(info.bytesSent()).append(" bytes were sent (").append(info.bytesAcknowledged())
        .append(" acknowledged, ").append(info.retransmissions()).append(" retransmissions), ")
        .append(info.bytesReceived()).append(" received");
    if (!info.srtt().isZero()) {
      text.append("; the round trip took ").append(duration(info.srtt()));
    }
    return text.toString();
  }

  /** Formats a duration with one to four digits, in a suitable unit. */
  static String duration(@Nullable Duration value) {
    long micros = value == null ? 0 : value.toNanos() / 1000;
    if (micros < 1000) {
      return micros + " µs";
    }
    if (micros < 10_000) {
      return decimal(micros / 1e3) + " ms";
    }
    if (micros < 1_000_000) {
      return micros / 1000 + " ms";
    }
    if (micros < 100_000_000) {
      return decimal(micros / 1e6) + " s";
    }
    long seconds = micros / 1_000_000;
    return seconds < 6000 ? seconds + " s" : seconds / 60 + " min";
  }

  private static String decimal(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
