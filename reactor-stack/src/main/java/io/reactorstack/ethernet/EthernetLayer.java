package io.reactorstack.ethernet;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Layer;
import io.reactorstack.layer.Stage;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.MacAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The link layer of one Ethernet device: the frame codec and the filter that a network card has in hardware (RFC 894,
 * IEEE 802.1Q).
 *
 * <p>A frame climbs if it is for this station, for everybody, or for a group that was {@linkplain #join joined}. Frames
 * carry no FCS on either side of a device.
 */
public final class EthernetLayer implements Layer<Frame, EthernetFrame> {

  /** Octets of an untagged header. */
  public static final int HEADER = 14;

  /** Octets of the shortest frame on a real wire, without FCS. */
  public static final int MINIMUM_FRAME = 60;

  private static final int VLAN_TAG = 4;
  private static final int VLAN_TYPE = 0x8100;
  private static final int VLAN_ID = 0xfff;
  private static final int FIRST_ETHERTYPE = 0x600;

  private final MacAddress own;
  private final int vlan;
  private final int minimumFrame;
  private final Drops drops;
  private final Map<MacAddress, Integer> groups = new HashMap<>();

  /**
   * The link layer of a Linux device: untagged, without padding, since a virtual device carries short frames and the
   * driver of a real one pads them.
   */
  public EthernetLayer(MacAddress own, Drops drops) {
    this(own, 0, 0, drops);
  }

  /**
   * A link layer that also tags or pads.
   *
   * @param own the station's address
   * @param vlan the VLAN that all frames belong to, 1 to 4094; 0 for untagged
   * @param minimumFrame octets that a frame is padded to with zeros, {@link #MINIMUM_FRAME} for a medium that wants it (RFC
   *     894); 0 for none
   * @param drops where dropped frames are counted
   */
  public EthernetLayer(MacAddress own, int vlan, int minimumFrame, Drops drops) {
    if (own.isGroup()) {
      throw new IllegalArgumentException("a station's address is no group's: " + own);
    }
    if (vlan < 0 || vlan > 4094) {
      throw new IllegalArgumentException("VLAN " + vlan + " is not in 0..4094 (IEEE 802.1Q)");
    }
    this.own = own;
    this.vlan = vlan;
    this.minimumFrame = minimumFrame;
    this.drops = drops;
  }

  /** Accepts frames for {@code group} until it is left as often as it was joined: several IP groups share one address. */
  public void join(MacAddress group) {
    groups.merge(group, 1, Integer::sum);
  }

  /** Takes one {@link #join} back. */
  public void leave(MacAddress group) {
    groups.computeIfPresent(group, (key, joined) -> joined == 1 ? null : joined - 1);
  }

  @Override
  public Flux<EthernetFrame> receive(Flux<Frame> below) {
    return Stage.of(below, this::decode, drops);
  }

  @Override
  public Flux<Frame> send(Flux<EthernetFrame> above) {
    return Stage.of(above, this::encode, drops);
  }

  private @Nullable EthernetFrame decode(Frame frame) {
    ByteBuf bytes = frame.payload();
    int start = bytes.readerIndex();
    if (bytes.readableBytes() < HEADER) {
      return drop(frame, EthernetDrop.TOO_SHORT);
    }
    MacAddress destination = MacAddress.get(bytes, start);
    if (!isForUs(destination)) {
      return drop(frame, EthernetDrop.NOT_FOR_US);
    }
    MacAddress source = MacAddress.get(bytes, start + MacAddress.LENGTH);
    if (source.isGroup() || source.bits() == 0) {
      return drop(frame, EthernetDrop.BAD_SOURCE);
    }
    int type = bytes.getUnsignedShort(start + 12);
    int header = HEADER;
    int frameVlan = 0;
    if (type == VLAN_TYPE) {
      if (bytes.readableBytes() < HEADER + VLAN_TAG) {
        return drop(frame, EthernetDrop.TOO_SHORT);
      }
      // IEEE 802.1Q 9.6: VLAN 0 means that the tag carries a priority only.
      frameVlan = bytes.getUnsignedShort(start + 14) & VLAN_ID;
      type = bytes.getUnsignedShort(start + 16);
      header += VLAN_TAG;
    }
    if (frameVlan != vlan) {
      return drop(frame, EthernetDrop.OTHER_VLAN);
    }
    if (type < FIRST_ETHERTYPE) {
      return drop(frame, EthernetDrop.LENGTH_FRAME);
    }
    bytes.skipBytes(header);
    return new EthernetFrame(destination, source, type, bytes, frame.facts());
  }

  private boolean isForUs(MacAddress destination) {
    return destination.bits() == own.bits() || destination.isBroadcast() || groups.containsKey(destination);
  }

  private @Nullable EthernetFrame drop(Frame frame, EthernetDrop reason) {
    drops.drop(frame, reason);
    return null;
  }

  private Frame encode(EthernetFrame frame) {
    ByteBuf bytes = frame.payload();
    int start = Headroom.prepend(bytes, vlan == 0 ? HEADER : HEADER + VLAN_TAG);
    frame.destination().set(bytes, start);
    frame.source().set(bytes, start + MacAddress.LENGTH);
    int typeAt = start + 12;
    if (vlan != 0) {
      bytes.setShort(typeAt, VLAN_TYPE);
      bytes.setShort(typeAt + 2, vlan);
      typeAt += VLAN_TAG;
    }
    bytes.setShort(typeAt, frame.type());
    return new Frame(bytes.readableBytes() < minimumFrame ? pad(bytes) : bytes, frame.facts());
  }

  /** Into a buffer of its own: what lies behind the frame's end may be somebody's data. */
  private ByteBuf pad(ByteBuf frame) {
    ByteBuf padded = frame.alloc().directBuffer(minimumFrame, minimumFrame);
    padded.writeBytes(frame).writeZero(minimumFrame - padded.writerIndex());
    frame.release();
    return padded;
  }
}
