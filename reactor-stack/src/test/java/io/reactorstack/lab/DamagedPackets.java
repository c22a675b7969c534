package io.reactorstack.lab;

import io.reactorstack.testing.Packets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Damages IP packets: random octets, changed fields with a correct header checksum, wrong lengths, and pure noise. */
final class DamagedPackets {

  private static final int LONGEST_NOISE = 200;

  private final RandomGenerator random;

  DamagedPackets(RandomGenerator random) {
    this.random = random;
  }

  /** Returns a damaged copy of {@code packet}. */
  byte[] of(byte[] packet) {
    return switch (random.nextInt(6)) {
      case 0 -> noise(packet[0]);
      case 1 -> Arrays.copyOf(packet, 1 + random.nextInt(packet.length));
      case 2 -> flipped(packet, packet.length);
      case 3 -> repaired(flipped(packet, Math.min(packet.length, 20)));
      case 4 -> repaired(flipped(packet, packet.length));
      default -> Arrays.copyOf(repaired(flipped(packet, 8)), packet.length + random.nextInt(60));
    };
  }

  private byte[] noise(byte first) {
    byte[] octets = new byte[1 + random.nextInt(LONGEST_NOISE)];
    random.nextBytes(octets);
    if (random.nextBoolean()) {
      octets[0] = first;
    }
    return octets;
  }

  /** Changes up to four of the first {@code most} octets. */
  private byte[] flipped(byte[] packet, int most) {
    byte[] copy = packet.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      copy[random.nextInt(most)] = (byte) random.nextInt();
    }
    return copy;
  }

  private static byte[] repaired(byte[] packet) {
    if (packet[0] >>> 4 == 4 && packet.length >= 20) {
      packet[10] = 0;
      packet[11] = 0;
      Packets.fixIpv4(packet, 0);
    }
    return packet;
  }
}
