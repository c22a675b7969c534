package io.reactorstack.lab;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Sinks;

/**
 * An IPv6 router of one link, in frames: advertises itself when it is solicited, answers for its addresses, and forwards
 * packets between stations of the link, whose link addresses it learns from their frames.
 */
final class ScriptedRouter {

  private final String linkLocal;
  private final String mac;
  private final Set<IpAddress> own = new HashSet<>();
  private final Map<IpAddress, byte[]> stations = new HashMap<>();
  private final Sinks.Many<Frame> frames = Sinks.many().unicast().onBackpressureBuffer();
  private final byte[][] options;
  private int lifetime = 1800;
  private int solicited;
  private int forwarded;

  /**
   * Connects the router to {@code plug}.
   *
   * @param linkLocal its link-local address
   * @param global another address of it
   * @param options the options of its advertisements
   */
  ScriptedRouter(Lab lab, Plug plug, String linkLocal, String global, byte[]... options) {
    this.linkLocal = linkLocal;
    this.mac = plug.macAddress().toString();
    this.options = options;
    own.add(IpAddress.parse(linkLocal));
    own.add(IpAddress.parse(global));
    lab.call(() -> {
      NetworkDevice device = plug.open(lab.loop());
      device.send(frames.asFlux()).subscribe();
      device.receive().subscribe(frame -> {
        byte[] bytes = ByteBufUtil.getBytes(frame.payload());
        frame.release();
        onFrame(bytes);
      });
      return "";
    });
  }

  /** The number of router solicitations so far. */
  int solicited() {
    return solicited;
  }

  /** The number of forwarded packets so far. */
  int forwarded() {
    return forwarded;
  }

  /** Advertises that it is a default router no longer. */
  void withdraw() {
    lifetime = 0;
    advertise();
  }

  private void advertise() {
    send("33:33:00:00:00:01", "ff02::1", 134, 64 << 24 | lifetime,
        concat(new byte[8], NdpFrames.link(1, mac), concat(options)));
  }

  private void send(String to, String destination, int type, int rest, byte[] data) {
    byte[] packet = ipv6(linkLocal, destination, 58, icmpv6(linkLocal, destination, type, 0, rest, data));
    packet[7] = (byte) 255;
    transmit(ethernet(to, mac, 0x86dd, packet));
  }

  private void transmit(byte[] frame) {
    frames.emitNext(new Frame(Unpooled.wrappedBuffer(frame), PacketFacts.LOCAL), Sinks.EmitFailureHandler.FAIL_FAST);
  }

  private void onFrame(byte[] frame) {
    if (frame[12] != (byte) 0x86 || frame[13] != (byte) 0xdd) {
      return;
    }
    Ipv6Address source = address(frame, 14 + 8);
    Ipv6Address destination = address(frame, 14 + 24);
    if (!source.isUnspecified()) {
      stations.put(source, Arrays.copyOfRange(frame, 6, 12));
    }
    int type = frame[14 + 6] == 58 ? frame[54] & 0xff : 0;
    if (type == 133) {
      solicited++;
      advertise();
    } else if (type == 135 && own.contains(address(frame, 54 + 8)) && !source.isUnspecified()) {
      send(MacAddress.get(Unpooled.wrappedBuffer(frame), 6).toString(), source.toString(), 136, 0xe000_0000,
          concat(Arrays.copyOfRange(frame, 54 + 8, 54 + 24), NdpFrames.link(2, mac)));
    } else if (!destination.isMulticast() && !own.contains(destination)
        && MacAddress.get(Unpooled.wrappedBuffer(frame), 0).toString().equals(mac)) {
      byte[] station = stations.get(destination);
      if (station == null) {
        String group = destination.solicitedNode().toString();
        String groupMac = String.format("33:33:ff:%02x:%02x:%02x", frame[14 + 37], frame[14 + 38], frame[14 + 39]);
        send(groupMac, group, 135, 0, concat(destination.bytes(), NdpFrames.link(1, mac)));
        return;
      }
      byte[] next = frame.clone();
      System.arraycopy(station, 0, next, 0, 6);
      System.arraycopy(frame, 0, next, 6, 6);
      next[14 + 7]--;
      forwarded++;
      transmit(next);
    }
  }

  private static Ipv6Address address(byte[] frame, int index) {
    return Ipv6Address.get(Unpooled.wrappedBuffer(frame), index);
  }
}
