package io.reactorstack.ethernet;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.FrameCounts;
import io.reactorstack.layer.ReceivingStage;
import io.reactorstack.layer.SendingStage;
import io.reactorstack.layer.Stage;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetDefect;
import io.reactorstack.wire.EthernetHeader;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The link layer of one Ethernet device: the frame codec, and the filter that a network card has in hardware (RFC 894,
 * IEEE 802.1Q).
 *
 * <p>A received frame passes if it is addressed to this station, to the broadcast address, or to a group that was
 * {@linkplain #join joined}. Frames are neither padded nor have they an FCS: the driver and the card of a physical device
 * add both, and virtual devices need neither.
 */
public final class EthernetLayer implements ReceivingStage<Frame, EthernetFrame>, SendingStage<EthernetFrame, Frame> {

  private final MacAddress own;
  private final int vlan;
  private final int tag;
  private final Drops drops;
  private final FrameCounts counts;
  private final Map<MacAddress, Integer> groups = new HashMap<>();

  /** Creates the link layer of an interface with untagged frames. */
  public EthernetLayer(MacAddress own, Drops drops) {
    this(own, VlanTrunk.UNTAGGED, drops);
  }

  /**
   * Creates the link layer of an interface.
   *
   * @param own the station's address
   * @param vlan the VLAN of all frames, 1 to 4094; 0 for untagged frames
   * @param drops counts the dropped frames; the received and sent frames are counted among its meters
   * @throws IllegalArgumentException if {@code own} is a group address or zero, or {@code vlan} is out of range
   */
  public EthernetLayer(MacAddress own, int vlan, Drops drops) {
    if (!own.isStation()) {
      throw new IllegalArgumentException(own + " is not the address of a station");
    }
    this.own = own;
    this.vlan = VlanTrunk.check(vlan);
    this.tag = vlan == 0 ? EthernetHeader.UNTAGGED : vlan;
    this.drops = drops;
    this.counts = FrameCounts.in(drops.meters());
  }

  /** The station's address. */
  public MacAddress own() {
    return own;
  }

  /**
   * Accepts frames for {@code group} until {@link #leave} has been called as often as this method: several IP groups
   * map to one MAC address.
   */
  public void join(MacAddress group) {
    groups.merge(group, 1, Integer::sum);
  }

  /** Cancels one {@link #join}. */
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
    counts.onReceived(frame);
    ByteBuf bytes = frame.payload();
    EthernetHeader header = EthernetHeader.parse(bytes, drops);
    if (header == null) {
      frame.release();
      return null;
    }
    DropReason reason = refusal(header);
    if (reason != null) {
      drops.drop(frame, reason);
      return null;
    }
    bytes.skipBytes(header.length());
    return new EthernetFrame(header.destination(), header.source(), header.type(), bytes, frame.facts());
  }

  /** Returns the reason to drop a frame with this header, or {@code null} if the station accepts it. */
  private @Nullable DropReason refusal(EthernetHeader header) {
    if (!isForUs(header.destination())) {
      return EthernetDrop.NOT_FOR_US;
    }
    MacAddress source = header.source();
    if (!source.isStation()) {
      return EthernetDrop.BAD_SOURCE;
    }
    if (header.isCutOff()) {
      return EthernetDefect.TOO_SHORT;
    }
    if (header.vlan() != vlan) {
      return EthernetDrop.OTHER_VLAN;
    }
    return header.type() < EtherType.FIRST ? EthernetDrop.LENGTH_FRAME : null;
  }

  private boolean isForUs(MacAddress destination) {
    return destination.bits() == own.bits() || destination.isBroadcast() || groups.containsKey(destination);
  }

  private Frame encode(EthernetFrame frame) {
    ByteBuf bytes = frame.payload();
    new EthernetHeader(frame.destination(), frame.source(), tag, frame.type()).write(bytes);
    Frame encoded = new Frame(bytes, frame.facts());
    counts.onSent(encoded);
    return encoded;
  }
}
