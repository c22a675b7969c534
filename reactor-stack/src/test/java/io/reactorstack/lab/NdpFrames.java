package io.reactorstack.lab;

import io.netty.buffer.Unpooled;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import java.nio.ByteBuffer;

/** Options of neighbor discovery as octets. */
final class NdpFrames {

  private NdpFrames() {}

  /** Returns an option with a link-layer address. */
  static byte[] link(int type, String mac) {
    byte[] option = {(byte) type, 1, 0, 0, 0, 0, 0, 0};
    MacAddress.parse(mac).set(Unpooled.wrappedBuffer(option), 2);
    return option;
  }

  /** Returns a prefix information option for addresses that are not on the link; the lifetimes are in seconds. */
  static byte[] prefix(String prefix, int valid, int preferred) {
    IpPrefix parsed = IpPrefix.parse(prefix);
    return ByteBuffer.allocate(32).put((byte) 3).put((byte) 4).put((byte) parsed.length()).put((byte) 0x40)
        .putInt(valid).putInt(preferred).putInt(0).put(parsed.address().bytes()).array();
  }
}
