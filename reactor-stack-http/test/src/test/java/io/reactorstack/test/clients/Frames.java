package io.reactorstack.test.clients;

import io.netty.buffer.ByteBuf;
import io.reactorstack.lab.Lab;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A digest of the frames of a world with their times in nanoseconds; equal for two runs of one seed. */
final class Frames {

  private final MessageDigest digest;
  private long number;

  private Frames() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Starts the digest with all current hosts of {@code lab}; to be called from outside the world. */
  static Frames of(Lab lab) {
    Frames frames = new Frames();
    lab.hosts().forEach(host -> host.observe((direction, frame, nanos) -> {
      frames.number++;
      frames.digest.update((host.name() + " " + direction + " " + nanos + " ").getBytes(StandardCharsets.US_ASCII));
      ByteBuf bytes = frame.payload();
      for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
        frames.digest.update(bytes.getByte(i));
      }
    }));
    return frames;
  }

  /** Returns the number of frames and the digest, and resets both. */
  String text() {
    return number + " " + HexFormat.of().formatHex(digest.digest());
  }
}
