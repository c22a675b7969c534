package io.reactorstack.ip.host;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.packet.PacketFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import reactor.core.Disposable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The observers of single packet flows of a host. Each receives the flow's packets that cross an interface, from the IP
 * header on.
 */
public final class PacketTaps {

  private static final Logger LOG = Loggers.getLogger(PacketTaps.class);

  /** An observer with its flow; disposing of it removes it. */
  private final class Tap implements Disposable {

    private final PacketFlow flow;
    private final FrameObserver observer;

    Tap(PacketFlow flow, FrameObserver observer) {
      this.flow = flow;
      this.observer = observer;
    }

    @Override
    public void dispose() {
      List<Tap> fewer = new ArrayList<>(taps);
      fewer.remove(this);
      taps = fewer;
    }
  }

  private final LongSupplier clock;
  /** Copied on write: an observer may be added or removed during a call of an observer. */
  private List<Tap> taps = List.of();
  private boolean failureReported;

  PacketTaps(LongSupplier clock) {
    this.clock = clock;
  }

  Disposable add(PacketFlow flow, FrameObserver observer) {
    Tap added = new Tap(flow, observer);
    List<Tap> more = new ArrayList<>(taps);
    more.add(added);
    taps = more;
    return added;
  }

  /** Passes the packet at the reader index of {@code bytes}, which crosses an interface, to its observers. */
  public void show(Direction direction, ByteBuf bytes, PacketFacts facts) {
    List<Tap> now = taps;
    for (int i = 0; i < now.size(); i++) {
      Tap tap = now.get(i);
      int length = tap.flow.lengthOf(bytes, direction);
      if (length > 0) {
        show(tap.observer, direction, new Frame(bytes.slice(bytes.readerIndex(), length), facts));
      }
    }
  }

  private void show(FrameObserver observer, Direction direction, Frame packet) {
    try {
      observer.onFrame(direction, packet, clock.getAsLong());
    } catch (Throwable e) {
      // An observer must be able neither to stop the traffic nor to fill the log, even if memory is exhausted.
      if (!failureReported) {
        failureReported = true;
        LOG.error("an observer of packets failed; further failures are not reported", e);
      }
    }
  }
}
