package dev.dormouse.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The WebSocket server behind Dormouse: {@code /echo} sends back what comes, unmasked; {@code
 * /flood} sends without end, {@code /sink} reads nothing, {@code /refuse} refuses at length, and
 * every other path is silent.
 */
final class Castle {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final byte[] FLOOD = new byte[16 * 1024];
  private static final byte[] REFUSAL = refusal();

  private final Selector selector = Selector.open();
  private final ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);

  private Castle(int port) throws IOException {
    var listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress("127.0.0.1", port), 4096);
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
  }

  private static byte[] refusal() {
    String head = "HTTP/1.1 403 Forbidden\r\nContent-Length: 60000\r\n\r\n";
    return (head + "n".repeat(60_000)).getBytes(ISO_8859_1);
  }

  /** One client: its head until that is complete, then what is to be sent. */
  private static final class Guest {
    final StringBuilder head = new StringBuilder();
    String path = "";
    ByteBuffer out = ByteBuffer.allocate(0);
  }

  public static void main(String[] arguments) throws IOException {
    FLOOD[0] = (byte) 0x82;
    FLOOD[1] = 126;
    FLOOD[2] = (byte) ((FLOOD.length - 4) >> 8);
    FLOOD[3] = (byte) (FLOOD.length - 4);
    new Castle(Integer.parseInt(arguments[0])).serve();
  }

  private void serve() throws IOException {
    while (true) {
      selector.select(
          key -> {
            try {
              if (key.isAcceptable()) {
                accept((ServerSocketChannel) key.channel());
              } else {
                turn(key, (SocketChannel) key.channel(), (Guest) key.attachment());
              }
            } catch (IOException e) {
              close(key);
            }
          });
    }
  }

  private void accept(ServerSocketChannel listener) throws IOException {
    SocketChannel channel = listener.accept();
    if (channel != null) {
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, new Guest());
    }
  }

  private static void close(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      // It is gone.
    }
  }

  private void turn(SelectionKey key, SocketChannel channel, Guest guest) throws IOException {
    if (key.isReadable()) {
      in.clear();
      if (channel.read(in) < 0) {
        channel.close();
        return;
      }
      in.flip();
      if (guest.path.isEmpty()) {
        welcome(guest);
      } else if (guest.path.equals("/echo")) {
        echo(guest);
      }
    }
    if (!guest.out.hasRemaining() && guest.path.equals("/flood")) {
      guest.out = ByteBuffer.wrap(FLOOD);
    }
    channel.write(guest.out);
    boolean more = guest.out.hasRemaining() || guest.path.equals("/flood");
    int read = guest.path.equals("/sink") ? 0 : SelectionKey.OP_READ;
    key.interestOps(read | (more ? SelectionKey.OP_WRITE : 0));
  }

  private void welcome(Guest guest) {
    guest.head.append(ISO_8859_1.decode(in));
    if (guest.head.indexOf("\r\n\r\n") < 0) {
      return;
    }
    String head = guest.head.toString();
    guest.head.setLength(0);
    guest.head.trimToSize();
    guest.path = head.split(" ", 3)[1];
    guest.out = ByteBuffer.wrap(guest.path.equals("/refuse") ? REFUSAL : accept(head));
  }

  private static byte[] accept(String head) {
    int at = head.toLowerCase(java.util.Locale.ROOT).indexOf("sec-websocket-key:");
    String key = head.substring(at + 18, head.indexOf('\r', at)).strip();
    try {
      byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(ISO_8859_1));
      return ("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Accept: "
              + Base64.getEncoder().encodeToString(hash)
              + "\r\n\r\n")
          .getBytes(ISO_8859_1);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Small messages, masked by 0, each in one piece or several. */
  private void echo(Guest guest) {
    while (in.remaining() >= 6) {
      int length = in.get(in.position() + 1) & 0x7f;
      byte[] message = new byte[2 + length];
      message[0] = in.get();
      message[1] = (byte) length;
      in.position(in.position() + 5).get(message, 2, Math.min(length, in.remaining()));
      var joined = ByteBuffer.allocate(guest.out.remaining() + message.length);
      guest.out = joined.put(guest.out).put(message).flip();
    }
  }
}
