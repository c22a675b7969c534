package io.reactorstack.netty;

import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** A file region over an array instead of a file; it offers all remaining bytes in each transfer. */
final class ArrayRegion extends AbstractReferenceCounted implements FileRegion {

  private final byte[] content;
  private long transferred;

  ArrayRegion(byte[] content) {
    this.content = content;
  }

  @Override
  public long position() {
    return 0;
  }

  @Override
  @Deprecated
  public long transfered() {
    return transferred;
  }

  @Override
  public long transferred() {
    return transferred;
  }

  @Override
  public long count() {
    return content.length;
  }

  @Override
  public long transferTo(WritableByteChannel target, long position) throws IOException {
    int n = target.write(ByteBuffer.wrap(content, (int) position, content.length - (int) position));
    transferred += n;
    return n;
  }

  @Override
  public FileRegion retain() {
    super.retain();
    return this;
  }

  @Override
  public FileRegion retain(int increment) {
    super.retain(increment);
    return this;
  }

  @Override
  public FileRegion touch() {
    return this;
  }

  @Override
  public FileRegion touch(Object hint) {
    return this;
  }

  @Override
  protected void deallocate() {}
}
