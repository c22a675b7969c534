package io.reactorstack.lab.report;

import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Ticker;
import io.reactorstack.device.Capture;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.lab.report.KeptFrames.Bytes;
import io.reactorstack.lab.report.KeptFrames.Kind;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.telemetry.Describer;
import io.reactorstack.telemetry.Story;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Replays kept frames to a story, with a note on each frame that was dropped, and to a capture. */
final class Replay {

  /** A frame that a host sent or received, with a note on its fate. */
  private static final class Seen {
    final Kind kind;
    final int place;
    final long nanos;
    final Bytes bytes;
    String note = "";

    Seen(Kind kind, int place, long nanos, Bytes bytes) {
      this.kind = kind;
      this.place = place;
      this.nanos = nanos;
      this.bytes = bytes;
    }

    Direction direction() {
      return kind == Kind.SENT ? Direction.SENT : Direction.RECEIVED;
    }

    Frame frame() {
      return new Frame(Unpooled.wrappedBuffer(bytes.block(), bytes.from(), bytes.length()),
          PacketFacts.receivedAt(nanos));
    }
  }

  /** The bytes of a frame, compared by value. */
  private record Content(int hash, Bytes bytes) {

    static Content of(Bytes bytes) {
      int hash = 1;
      for (int i = bytes.from(); i < bytes.from() + bytes.length(); i++) {
        hash = 31 * hash + bytes.block()[i];
      }
      return new Content(hash, bytes);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Content that && hash == that.hash
          && Arrays.equals(bytes.block(), bytes.from(), bytes.from() + bytes.length(), that.bytes.block(),
              that.bytes.from(), that.bytes.from() + that.bytes.length());
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private final KeptFrames.View view;
  private final List<Seen> frames = new ArrayList<>();
  /** Sent frames that no drop has been matched with yet, by content; of equal ones the latest first. */
  private final Map<Content, Deque<Seen>> sent = new HashMap<>();

  Replay(KeptFrames.View view) {
    this.view = view;
    view.forEach(this::take);
    sent.clear();
  }

  private void take(Kind kind, int place, int cause, long nanos, Bytes bytes) {
    if (kind == Kind.DROPPED) {
      Deque<Seen> candidates = sent.get(Content.of(bytes));
      Seen lost = candidates == null ? null : candidates.pollFirst();
      if (lost != null) {
        String wire = view.texts().get(place);
        lost.note = "✗ " + view.texts().get(cause) + " on " + wire.substring(0, wire.length() - 1);
      }
      return;
    }
    Seen seen = new Seen(kind, place, nanos, bytes);
    frames.add(seen);
    if (kind == Kind.SENT) {
      sent.computeIfAbsent(Content.of(bytes), unused -> new ArrayDeque<>(1)).addFirst(seen);
    }
  }

  /** The number of frames that were sent. */
  long sent() {
    return frames.stream().filter(frame -> frame.kind == Kind.SENT).count();
  }

  /** Returns the story of all frames, with times relative to {@code origin} on the loop's clock. */
  String story(Map<IpAddress, String> names, long origin) {
    Story story = Story.builder().names(() -> names).origin(origin).steps(Integer.MAX_VALUE)
        .tcp(Describer.http()).build();
    for (Seen seen : frames) {
      story.tell(seen.direction(), seen.frame(), seen.nanos, seen.note);
    }
    return story.text();
  }

  /**
   * Writes all frames to {@code out} as a pcapng file.
   *
   * @param epochOffset the world's date minus the loop's clock, in nanoseconds since 1970
   * @param now the loop's clock
   */
  void capture(OutputStream out, long epochOffset, long now) {
    try (Capture capture = Capture.inVirtualTime(out)) {
      Ticker dates = new DateTicker(epochOffset + now);
      List<FrameObserver> places = view.places().stream()
          .map(place -> capture.observer(place.name(), place.capabilities(), dates)).toList();
      for (Seen seen : frames) {
        places.get(seen.place).onFrame(seen.direction(), seen.frame(), epochOffset + seen.nanos);
      }
    }
  }

  /** A clock that always shows the same date. */
  private record DateTicker(long nanoTime) implements Ticker {

    @Override
    public long initialNanoTime() {
      return 0;
    }

    @Override
    public void sleep(long delay, TimeUnit unit) {
      throw new UnsupportedOperationException("this clock does not advance");
    }
  }
}
