package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import java.util.ArrayList;
import java.util.List;

/** Numbered frames with and without VLAN tags, and the tags of frames on a wire. */
final class VlanFrames {

  private VlanFrames() {}

  /** Returns a frame as {@link Station#frame} with the tag control information {@code tag}. */
  static Frame tagged(MacAddress from, MacAddress to, int tag, int number) {
    ByteBuf plain = Station.frame(from, to, number, 60).payload();
    ByteBuf bytes = Unpooled.buffer(64);
    bytes.writeBytes(plain, 12).writeShort(0x8100).writeShort(tag).writeBytes(plain);
    plain.release();
    return new Frame(bytes, PacketFacts.LOCAL);
  }

  /** Returns the list to which each further frame that arrives at {@code plug} is added: its tag and its number. */
  static List<String> arrivalsAt(Plug plug) {
    List<String> seen = new ArrayList<>();
    plug.observe((direction, frame, nanos) -> {
      if (direction == FrameObserver.Direction.RECEIVED) {
        seen.add(text(frame.payload()));
      }
    });
    return seen;
  }

  /** Returns the tag as four hexadecimal digits, or {@code -}, and the number behind the header. */
  private static String text(ByteBuf frame) {
    int at = frame.readerIndex() + 12;
    boolean tagged = frame.getUnsignedShort(at) == 0x8100;
    String tag = tagged ? String.format("%04x", frame.getUnsignedShort(at + 2)) : "-";
    return tag + " " + frame.getInt(at + (tagged ? 6 : 2));
  }
}
