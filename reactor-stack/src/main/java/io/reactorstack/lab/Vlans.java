package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.reactorstack.wire.EthernetHeader;

/** The rules by which frames enter and leave the VLANs of a switch at its ports (IEEE 802.1Q sections 6.9 and 8.6). */
final class Vlans {

  /** The result if a port does not carry the frame. */
  static final int NONE = -1;

  /** The VLAN identifier of a frame without a tag, or with a tag that carries only a priority. */
  static final int UNTAGGED = 0;

  private static final int VLAN_ID = 0xfff;

  private Vlans() {}

  /**
   * Returns the VLAN of a frame that arrives at a port.
   *
   * @param tagged the VLAN identifier in its tag, or {@link #UNTAGGED}
   * @return the VLAN, or {@link #NONE} if the port does not take the frame
   */
  static int entering(PortMode mode, int tagged) {
    return switch (mode) {
      case PortMode.Access access -> tagged == UNTAGGED ? access.vlan() : NONE;
      case PortMode.Trunk trunk when tagged == UNTAGGED -> trunk.nativeVlan() == 0 ? NONE : trunk.nativeVlan();
      case PortMode.Trunk trunk -> trunk.carries(tagged) ? tagged : NONE;
    };
  }

  /**
   * Returns the VLAN identifier in the tag of frames of {@code vlan} that leave through a port, {@link #UNTAGGED} if
   * they have no tag there, or {@link #NONE} if the port does not carry them.
   */
  static int leaving(PortMode mode, int vlan) {
    return switch (mode) {
      case PortMode.Access access -> access.vlan() == vlan ? UNTAGGED : NONE;
      case PortMode.Trunk trunk when trunk.nativeVlan() == vlan -> UNTAGGED;
      case PortMode.Trunk trunk -> trunk.carries(vlan) ? vlan : NONE;
    };
  }

  /** Returns whether a frame with {@code header} has the right form to leave with the VLAN identifier {@code tagged}. */
  static boolean fits(EthernetHeader header, int tagged) {
    return tag(header, tagged) == header.tag();
  }

  /**
   * Returns a copy of {@code frame} as it leaves with the VLAN identifier {@code tagged}, or without a tag. A frame that
   * had a tag before keeps the priority in it.
   *
   * @param header the header of {@code frame}
   */
  static ByteBuf copy(ByteBuf frame, EthernetHeader header, int tagged) {
    EthernetHeader leaving = new EthernetHeader(
        header.destination(), header.source(), tag(header, tagged), header.type());
    int body = frame.readableBytes() - header.length();
    ByteBuf copy = frame.alloc().buffer(leaving.length() + body).setIndex(leaving.length(), leaving.length());
    copy.writeBytes(frame, frame.readerIndex() + header.length(), body);
    leaving.write(copy);
    return copy;
  }

  private static int tag(EthernetHeader header, int tagged) {
    if (tagged == UNTAGGED) {
      return EthernetHeader.UNTAGGED;
    }
    return header.isTagged() ? header.tag() & ~VLAN_ID | tagged : tagged;
  }
}
