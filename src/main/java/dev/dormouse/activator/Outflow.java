package dev.dormouse.activator;

import dev.dormouse.intake.Costs;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What one end of an exchange is sent: small pieces in one go, large ones past Netty's queue of
 * writes where that is empty. What has to wait is copied, and counted. Confined to an event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the channel reports failures as events
final class Outflow {
  /** Pieces are joined up to here. */
  private static final int JOINED_BYTES = 16 * 1024;

  private static final int LEAST_BYTES = 1024;

  private final Channel channel;
  private final Unread unread;
  private final Runnable taken;
  private final @Nullable Socket socket;
  private @Nullable ByteBuf joined;
  private long queued;
  private long gone;
  private boolean failed;

  /**
   * An output with nothing in it.
   *
   * @param unread on which is counted what waits
   * @param taken told when some of what waited has been taken
   */
  Outflow(Channel channel, Unread unread, Runnable taken) {
    this.channel = channel;
    this.unread = unread;
    this.taken = taken;
    this.socket =
        channel instanceof UnixChannel unix && unix.fd() instanceof Socket open ? open : null;
  }

  /** Sends it, at the latest with {@link #flush}. The caller keeps it, and has it back now. */
  void put(ByteBuf piece) {
    int bytes = piece.readableBytes();
    ByteBuf before = joined;
    if (failed || !channel.isActive()) {
      return;
    }
    if (before != null && before.readableBytes() + bytes > JOINED_BYTES) {
      flush();
      before = null;
    }
    if (before == null && bytes >= JOINED_BYTES) {
      transmit(piece, false);
    } else if (before == null) {
      joined = channel.alloc().directBuffer(Math.max(bytes * 2, LEAST_BYTES)).writeBytes(piece);
    } else {
      before.writeBytes(piece);
    }
  }

  /** The same with a buffer that is given away. */
  void give(ByteBuf piece) {
    put(piece);
    piece.release();
  }

  /** Nothing is held back any more. */
  void flush() {
    ByteBuf all = joined;
    joined = null;
    if (all != null) {
      transmit(all, true);
    }
  }

  /** Whether more should be put in. */
  boolean hasRoom() {
    return failed || (channel.isWritable() && !(isPending() && unread.isTight()));
  }

  /** Whether some of it waits to be taken. */
  boolean isPending() {
    return queued > gone;
  }

  /** Grows when some of what waits is taken. */
  long progress() {
    var pending = channel.unsafe().outboundBuffer();
    return gone + (pending == null ? 0 : pending.currentProgress());
  }

  /** The other end takes nothing any more; what is put in is dropped. */
  void fail() {
    failed = true;
  }

  /** Calls this behind everything that has been put in, if that is taken. */
  void then(Runnable task) {
    flush();
    if (isPending()) {
      channel
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(
              sent -> {
                if (sent.isSuccess()) {
                  task.run();
                }
              });
    } else {
      task.run();
    }
  }

  private void transmit(ByteBuf all, boolean ours) {
    try {
      ByteBuf rest = all.duplicate();
      if (socket != null && all.hasMemoryAddress() && !isPending()) {
        int sent = socket.sendAddress(all.memoryAddress(), rest.readerIndex(), rest.writerIndex());
        rest.skipBytes(sent);
      }
      if (rest.isReadable() && unread.waits(rest.readableBytes() + Costs.WRITE)) {
        queue(ours ? rest.retain() : copy(rest));
      }
    } catch (IOException e) {
      failed = true;
      channel.pipeline().fireExceptionCaught(e);
    } finally {
      if (ours) {
        all.release();
      }
    }
  }

  private ByteBuf copy(ByteBuf rest) {
    return channel.alloc().directBuffer(rest.readableBytes()).writeBytes(rest);
  }

  private void queue(ByteBuf out) {
    int bytes = out.readableBytes();
    queued += bytes;
    channel
        .writeAndFlush(out)
        .addListener(
            _ -> {
              gone += bytes;
              unread.taken(bytes + Costs.WRITE);
              taken.run();
            });
  }

  /** Drops what has not been sent. */
  void close() {
    failed = true;
    ByteBuf all = joined;
    joined = null;
    if (all != null) {
      all.release();
    }
  }
}
