package io.reactorstack.dhcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The client identifier, by which a server recognizes a client: the value of option 61 (RFC 2132 section 9.14, RFC
 * 4361). It must be unique on the subnet, and the same each time the client starts. Immutable.
 */
public final class DhcpClientId {

  /** The type octet of an identifier with IAID and DUID (RFC 4361 section 6.1). */
  private static final int DUID_FORM = 255;
  private static final int DUID_LL = 3;
  private static final int ETHERNET = 1;
  private static final int SHORTEST = 2;
  private static final int LONGEST = 255;

  private final byte[] octets;

  private DhcpClientId(byte[] octets) {
    Checks.range("length of the client identifier", octets.length, SHORTEST, LONGEST, "octets");
    this.octets = octets;
  }

  /**
   * Returns an identifier of any form.
   *
   * @param octets the type and the identifier, 2 to 255 octets
   * @throws IllegalArgumentException if the length is out of range
   */
  public static DhcpClientId of(byte... octets) {
    return new DhcpClientId(Checks.given("octets", octets).clone());
  }

  /**
   * Returns the identifier of a DHCP unique identifier (RFC 4361 section 6.1).
   *
   * @param iaid the number of the interface within the host
   * @param duid the identifier of the host, 1 to 250 octets; the caller keeps it between starts
   * @throws IllegalArgumentException if the length is out of range
   */
  public static DhcpClientId ofDuid(int iaid, byte... duid) {
    Checks.range("length of the DUID", Checks.given("duid", duid).length, 1, LONGEST - 5, "octets");
    ByteBuf bytes = Unpooled.buffer(5 + duid.length);
    bytes.writeByte(DUID_FORM).writeInt(iaid).writeBytes(duid);
    return new DhcpClientId(bytes.array());
  }

  /**
   * Returns the default identifier of an interface: a DUID based on its link-layer address (RFC 8415 section 11.4),
   * which needs no storage and is the same after each start as long as the interface keeps its address.
   */
  public static DhcpClientId ofLinkAddress(MacAddress address) {
    ByteBuf duid = Unpooled.buffer(4 + MacAddress.LENGTH);
    Checks.given("link address", address);
    duid.writeShort(DUID_LL).writeShort(ETHERNET).writeShort((int) (address.bits() >>> 32))
        .writeInt((int) address.bits());
    return ofDuid((int) address.bits(), duid.array());
  }

  /** Returns a copy of the option's value. */
  public byte[] octets() {
    return octets.clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DhcpClientId id && Arrays.equals(octets, id.octets);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(octets);
  }

  @Override
  public String toString() {
    return HexFormat.ofDelimiter(":").formatHex(octets);
  }
}
