package io.reactorstack.device.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** The program at the other end of the socket. It uses blocking calls on the thread of the test. */
final class FramingPeer implements AutoCloseable {

  private final ServerSocketChannel listener;
  private SocketChannel channel;

  FramingPeer(Path path) {
    try {
      listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  FramingPeer accept() {
    try {
      channel = listener.accept();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void write(byte... bytes) {
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the next frame, or null at the end of the stream. */
  byte[] read() {
    byte[] length = read(4);
    return length == null ? null : read(ByteBuffer.wrap(length).getInt());
  }

  private byte[] read(int bytes) {
    try {
      ByteBuffer buffer = ByteBuffer.allocate(bytes);
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          return null;
        }
      }
      return buffer.array();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns {@code frame} with its length before it. */
  static byte[] framed(byte... frame) {
    return ByteBuffer.allocate(4 + frame.length).putInt(frame.length).put(frame).array();
  }

  void hangUp() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
