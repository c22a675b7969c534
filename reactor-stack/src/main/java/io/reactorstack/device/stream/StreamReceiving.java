package io.reactorstack.device.stream;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import io.reactorstack.device.polled.Receiving;
import io.reactorstack.packet.PacketFacts;
import reactor.core.CoreSubscriber;

/** The receiving direction of a stream device. */
final class StreamReceiving extends Receiving {

  private final StreamDevice device;
  private final FrameReader reader;
  private boolean again;

  StreamReceiving(StreamDevice device, FrameReader reader, CoreSubscriber<? super Frame> actual) {
    super(device, actual);
    this.device = device;
    this.reader = reader;
  }

  /** Emits the frames that are already decoded or buffered, then reads more bytes. */
  @Override
  protected void read() {
    PacketFacts facts = PacketFacts.receivedAt(device.now());
    try {
      for (int budget = BATCH; demand() > 0 && budget > 0; budget--) {
        ByteBuf payload = reader.next();
        if (payload != null) {
          take(new Frame(payload, facts));
        } else if (!device.fill()) {
          break;
        }
      }
    } catch (FrameReader.BrokenStream e) {
      device.onBrokenStream(e);
    }
  }

  private void take(Frame frame) {
    if (frame.payload().readableBytes() > device.longest()) {
      device.drops().drop(frame, DeviceDrop.TRUNCATED);
    } else {
      emit(frame);
    }
  }

  /**
   * The socket reports readable bytes, but not frames that are in the reader's buffer already; a task of the loop reads
   * those.
   */
  @Override
  protected void goOn() {
    device.awaitReadable(demand() > 0);
    if (demand() > 0 && reader.isReady() && !again) {
      again = true;
      device.afterwards(() -> {
        again = false;
        if (demand() > 0) {
          onReadable();
        }
      });
    }
  }
}
