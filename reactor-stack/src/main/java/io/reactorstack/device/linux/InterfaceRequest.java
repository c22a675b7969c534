package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A request about an interface: the {@code struct ifreq} of
 * <a href="https://man7.org/linux/man-pages/man7/netdevice.7.html">netdevice(7)</a>.
 */
final class InterfaceRequest {

  /** Longest interface name, in bytes ({@code IFNAMSIZ} without the final zero). */
  static final int MAX_NAME = 15;

  static final long GET_NAME = 0x8910;
  static final long GET_FLAGS = 0x8913;
  static final long GET_MTU = 0x8921;
  static final long GET_HARDWARE_ADDRESS = 0x8927;
  static final long GET_INDEX = 0x8933;
  /** {@code TUNSETIFF}. */
  static final long ATTACH_TUN = 0x4004_54caL;

  static final int FLAG_UP = 1;

  private static final int SIZE = 40;
  private static final int VALUE = 16;
  private static final int ADDRESS_OCTETS = VALUE + 2;

  private final MemorySegment memory = Arena.ofAuto().allocate(SIZE, 8);

  /** Creates a request about the interface called {@code name}. */
  InterfaceRequest(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
  }

  /**
   * Returns {@code name} if it is a valid interface name.
   *
   * @throws IllegalArgumentException if it is empty, longer than 15 bytes, {@code .} or {@code ..}, or contains a
   *     slash, colon, blank or control character
   */
  static String checkName(String name) {
    int bytes = Checks.given("interface name", name).getBytes(StandardCharsets.UTF_8).length;
    boolean badCharacter = name.chars().anyMatch(c -> c <= ' ' || c == 0x7f || c == '/' || c == ':');
    if (bytes == 0 || bytes > MAX_NAME || badCharacter || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(
          "interface name '" + name + "' is not valid: 1 to " + MAX_NAME
              + " bytes without slash, colon, blank or control character");
    }
    return name;
  }

  /** Issues the request by {@code ioctl}; returns 0 or the negated {@code errno}. */
  int issue(Libc libc, int fd, long request) {
    return libc.ioctl(fd, request, memory);
  }

  InterfaceRequest flags(int flags) {
    memory.set(JAVA_SHORT, VALUE, (short) flags);
    return this;
  }

  InterfaceRequest value(int value) {
    memory.set(JAVA_INT, VALUE, value);
    return this;
  }

  /** The name of the interface, which the kernel may have completed. */
  String name() {
    return memory.getString(0);
  }

  boolean isUp() { return (memory.get(JAVA_SHORT, VALUE) & FLAG_UP) != 0; }

  /** The MTU or index that the kernel returned. */
  int value() {
    return memory.get(JAVA_INT, VALUE);
  }

  /** The link type, {@code ARPHRD_…}, which the kernel returns with the hardware address. */
  int hardwareType() {
    return memory.get(JAVA_SHORT, VALUE) & 0xffff;
  }

  MacAddress hardwareAddress() {
    long bits = 0;
    for (int i = 0; i < MacAddress.LENGTH; i++) {
      bits = bits << 8 | memory.get(ValueLayout.JAVA_BYTE, ADDRESS_OCTETS + i) & 0xff;
    }
    return new MacAddress(bits);
  }
}
