package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.reactorstack.setting.Checks;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * A 48-bit Ethernet address.
 *
 * @param bits the six octets, first octet in bits 47 to 40
 */
public record MacAddress(long bits) {

  /** The length of an address, in octets. */
  public static final int LENGTH = 6;

  /** The broadcast address ff:ff:ff:ff:ff:ff. */
  public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

  private static final long GROUP_BIT = 1L << 40;
  private static final long LOCALLY_ADMINISTERED_BIT = 1L << 41;

  /**
   * Checks that only 48 bits are used.
   *
   * @throws IllegalArgumentException if any of the upper 16 bits is set
   */
  public MacAddress {
    if (bits >>> 48 != 0) {
      throw new IllegalArgumentException(
          "MAC address 0x" + Long.toHexString(bits) + " is out of range: 0 to 0xffffffffffff, 48 bits");
    }
  }

  /**
   * Returns a random unicast address from the locally administered space (IEEE 802: the U/L bit set, the I/G bit
   * clear).
   */
  public static MacAddress random(RandomGenerator random) {
    return new MacAddress(Checks.given("random", random).nextLong() >>> 16 & ~GROUP_BIT | LOCALLY_ADMINISTERED_BIT);
  }

  /** Reads the six octets at {@code index}. */
  public static MacAddress get(ByteBuf buffer, int index) {
    return new MacAddress((long) buffer.getUnsignedShort(index) << 32 | buffer.getUnsignedInt(index + 2));
  }

  /**
   * Parses {@code 02:00:00:00:00:01} (or with {@code -} between the octets).
   *
   * @throws IllegalArgumentException if the text is not a MAC address
   */
  public static MacAddress parse(String text) {
    String hex = Checks.given("MAC address", text).replace("-", "").replace(":", "");
    if (text.length() != 17 || hex.length() != 12) {
      throw new IllegalArgumentException("not a MAC address: '" + text + "'");
    }
    try {
      return new MacAddress(HexFormat.fromHexDigitsToLong(hex));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a MAC address: " + text, e);
    }
  }

  /** Writes the six octets at {@code index}. */
  public void set(ByteBuf buffer, int index) {
    buffer.setShort(index, (int) (bits >>> 32));
    buffer.setInt(index + 2, (int) bits);
  }

  /** Returns whether this is a group address, broadcast or multicast (the I/G bit is set). */
  public boolean isGroup() {
    return (bits & GROUP_BIT) != 0;
  }

  /** Returns whether this can be the address of a station: it is neither a group address nor zero (IEEE 802). */
  public boolean isStation() {
    return !isGroup() && bits != 0;
  }

  /** Returns whether this is the broadcast address. */
  public boolean isBroadcast() { return bits == BROADCAST.bits; }

  @Override
  public String toString() {
    byte[] octets = new byte[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      octets[i] = (byte) (bits >>> (8 * (LENGTH - 1 - i)));
    }
    return HexFormat.ofDelimiter(":").formatHex(octets);
  }
}
