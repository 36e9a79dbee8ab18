package dev.dormouse.activator;

import dev.dormouse.budget.Budget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * The one buffer that all connections of an event loop are read into: what is read is written to
 * the other side before the next connection's turn, so an idle connection has no buffer and a
 * message needs none of its own: {@link TunnelEnd} copies what has to wait. Whoever else keeps some
 * of it beyond that keeps all of it, and the next read gets a new one. Thread-safe.
 */
final class ReadBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
  /** As much as one side of a tunnel may have waiting. */
  static final int BYTES = 64 * 1024;

  /** While much waits already: what is read may have to wait as well. */
  private static final int LITTLE_BYTES = 8 * 1024;

  private final Budget budget;

  /** Without leak detector: the loop's own reference ends with its thread. */
  private final ByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);

  private final FastThreadLocal<ByteBuf> buffer =
      new FastThreadLocal<>() {
        @Override
        protected void onRemoval(ByteBuf value) {
          value.release();
        }
      };

  ReadBuffer(Budget budget) {
    this.budget = budget;
  }

  @Override
  public MaxMessageHandle newHandle() {
    return new Reading();
  }

  /** The caller owns a reference. */
  private ByteBuf next() {
    ByteBuf next = buffer.getIfExists();
    if (next == null || next.refCnt() > 1) {
      if (next != null) {
        next.release();
      }
      next = allocator.directBuffer(BYTES, BYTES);
      buffer.set(next);
    }
    next.clear().retain();
    return budget.isTight() ? next.slice(0, LITTLE_BYTES).clear() : next;
  }

  private final class Reading extends MaxMessageHandle {
    @Override
    public ByteBuf allocate(ByteBufAllocator alloc) {
      return next();
    }

    @Override
    public int guess() {
      return BYTES;
    }
  }
}
