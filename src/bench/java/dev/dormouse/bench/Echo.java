package dev.dormouse.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The backend: echoes every frame, and answers other requests with as many bytes as they ask for.
 * One thread, two buffers for all connections. Environment: {@code PORT}.
 */
final class Echo {
  private static final int BUFFER_BYTES = 256 * 1024;

  private final Selector selector = Selector.open();
  private final ServerSocketChannel listener = ServerSocketChannel.open();
  private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES + 16);

  private Echo(int port) throws IOException {
    listener.bind(new InetSocketAddress("127.0.0.1", port), 4096);
    listener.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
  }

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(System.getenv("PORT"));
    // A storm onto a dormant service is not to measure the first handshake of this JVM.
    new Peer().answer(FrameCodec.upgrade(port), ByteBuffer.allocate(1024));
    var echo = new Echo(port);
    while (true) {
      echo.selector.select(echo::handle);
    }
  }

  private void handle(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        accept();
      } else if (key.isWritable()) {
        ((Peer) key.attachment()).flush(key);
      } else {
        read(key);
      }
    } catch (IOException e) {
      close(key);
    }
  }

  private void accept() throws IOException {
    SocketChannel client = listener.accept();
    while (client != null) {
      client.configureBlocking(false);
      client.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
      client.register(selector, SelectionKey.OP_READ, new Peer());
      client = listener.accept();
    }
  }

  private void read(SelectionKey key) throws IOException {
    var channel = (SocketChannel) key.channel();
    if (channel.read(in.clear()) < 0) {
      close(key);
      return;
    }
    ((Peer) key.attachment()).answer(in.flip(), out.clear());
    channel.write(out.flip());
    if (out.hasRemaining()) {
      ((Peer) key.attachment()).keep(out, key);
    }
  }

  private static void close(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One connection: where in a frame it stands, and what it has not taken yet. */
  private static final class Peer {
    private static final int MASKED = 0x80;

    private StringBuilder head = new StringBuilder();
    private boolean upgraded;
    private int headerRead;
    private int headerBytes = 2;
    private int first;
    private int second;
    private long length;
    private int mask;
    private long left;
    private ByteBuffer kept = ByteBuffer.allocate(0);

    void keep(ByteBuffer rest, SelectionKey key) {
      kept = ByteBuffer.allocate(rest.remaining()).put(rest).flip();
      key.interestOps(SelectionKey.OP_WRITE);
    }

    void flush(SelectionKey key) throws IOException {
      ((SocketChannel) key.channel()).write(kept);
      if (!kept.hasRemaining()) {
        kept = ByteBuffer.allocate(0);
        key.interestOps(SelectionKey.OP_READ);
      }
    }

    void answer(ByteBuffer in, ByteBuffer out) {
      if (!upgraded) {
        head.append(ISO_8859_1.decode(in));
        int end = head.indexOf("\r\n\r\n");
        if (end >= 0 && head.indexOf("websocket") < 0) {
          out.put(FrameCodec.answer(head.substring(0, end)));
          head.delete(0, end + 4);
        } else if (end >= 0) {
          out.put(FrameCodec.accept(head.toString()));
          upgraded = true;
          head = new StringBuilder(0);
        }
      }
      while (in.hasRemaining()) {
        if (left > 0) {
          payload(in, out);
        } else {
          header(in.get(), out);
        }
      }
    }

    private void header(byte next, ByteBuffer out) {
      int value = next & 0xFF;
      switch (headerRead++) {
        case 0 -> first = value;
        case 1 -> {
          second = value;
          int code = value & 0x7F;
          length = code < 126 ? code : 0;
          headerBytes = 2 + lengthBytes() + ((value & MASKED) == 0 ? 0 : 4);
        }
        default -> {
          if (headerRead <= 2 + lengthBytes()) {
            length = length << 8 | value;
          } else {
            mask = mask << 8 | value;
          }
        }
      }
      if (headerRead == headerBytes && headerRead >= 2) {
        headerRead = 0;
        headerBytes = 2;
        left = length;
        int opcode = first & 0xF;
        out.put((byte) (opcode == 9 ? 0x8A : first)).put((byte) (second & 0x7F));
        if (lengthBytes() == 2) {
          out.putShort((short) length);
        } else if (lengthBytes() == 8) {
          out.putLong(length);
        }
      }
    }

    private int lengthBytes() {
      int code = second & 0x7F;
      return code < 126 ? 0 : code == 126 ? 2 : 8;
    }

    private void payload(ByteBuffer in, ByteBuffer out) {
      int count = (int) Math.min(left, in.remaining());
      if (mask == 0) {
        out.put(out.position(), in, in.position(), count);
        out.position(out.position() + count);
        in.position(in.position() + count);
        left -= count;
      } else {
        for (int i = 0; i < count; i++, left--) {
          int shift = 24 - 8 * (int) ((length - left) & 3);
          out.put((byte) (in.get() ^ (mask >>> shift)));
        }
      }
    }
  }
}
