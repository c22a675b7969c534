package io.reactorstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.FileRegion;
import io.reactorstack.tcp.TcpSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Copies a file region into a socket's send buffer, in pieces of at most 64 KiB and limited by the free space. The
 * kernel cannot send the file by itself, because the socket has no file descriptor.
 */
final class RegionWriter implements WritableByteChannel {

  private static final int MAX_PIECE = 1 << 16;

  private final TcpSocket socket;
  private final ByteBufAllocator allocator;

  RegionWriter(TcpSocket socket, ByteBufAllocator allocator) {
    this.socket = socket;
    this.allocator = allocator;
  }

  /**
   * Copies as much of {@code region} as fits into the send buffer.
   *
   * @return the number of bytes copied
   */
  long write(FileRegion region) throws IOException {
    long moved = 0;
    while (region.transferred() < region.count() && socket.writableBytes() > 0) {
      long n = region.transferTo(this, region.transferred());
      if (n <= 0) {
        break;
      }
      moved += n;
    }
    return moved;
  }

  /** Copies as much of {@code source} as fits into the send buffer; returns the number of bytes copied. */
  @Override
  public int write(ByteBuffer source) {
    int taken = 0;
    while (source.hasRemaining() && socket.writableBytes() > 0) {
      int n = writePiece(source);
      if (n == 0) {
        break;
      }
      taken += n;
    }
    return taken;
  }

  private int writePiece(ByteBuffer source) {
    int length = Math.min(MAX_PIECE, Math.min(source.remaining(), socket.writableBytes()));
    // The source is scratch memory of the region that will be overwritten, while the send buffer may keep the buffers
    // passed to it.
    ByteBuf piece = allocator.buffer(length);
    try {
      piece.writeBytes(source.slice(source.position(), length));
      int n = socket.write(piece);
      source.position(source.position() + n);
      return n;
    } finally {
      piece.release();
    }
  }

  @Override
  public boolean isOpen() { return true; }

  @Override
  public void close() {}
}
