package dev.dormouse.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Subscribers of a cable, on a thread of their own, that go on listening until they are closed.
 * Each wait is bounded.
 */
final class Audience implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final long LIMIT_SECONDS = 30;
  private static final String SUBSCRIBE =
      "{\"command\":\"subscribe\",\"identifier\":\"{\\\"channel\\\":\\\"ScoresChannel\\\",\\\"event\\\":\\\"finals\\\"}\"}";

  private final int port;
  private final Selector selector = Selector.open();
  private final Queue<Member> newcomers = new ConcurrentLinkedQueue<>();
  private final Queue<Member> members = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile Awaited awaited = new Awaited("nothing", 0);
  private volatile boolean over;
  private volatile String broken = "";

  /** What all are to hear, and when the first and the last did. */
  private static final class Awaited {
    final String word;
    final CountDownLatch missing;
    final AtomicLong first = new AtomicLong(Long.MAX_VALUE);
    final AtomicLong last = new AtomicLong();

    Awaited(String word, int count) {
      this.word = word;
      this.missing = new CountDownLatch(count);
    }

    void heard(long now) {
      first.accumulateAndGet(now, Math::min);
      last.accumulateAndGet(now, Math::max);
      missing.countDown();
    }
  }

  /** One socket. */
  private static final class Member {
    final SocketChannel channel;
    final ByteBuffer unread = ByteBuffer.allocate(BUFFER_BYTES);
    final CountDownLatch welcome = new CountDownLatch(1);
    final CountDownLatch confirmed = new CountDownLatch(1);
    boolean upgraded;

    Member(SocketChannel channel) {
      this.channel = channel;
    }
  }

  /** When a broadcast was with the first and with the last of them, in nanoseconds. */
  record Heard(long first, long last) {}

  Audience(int port) throws IOException {
    this.port = port;
    this.thread = Thread.ofPlatform().daemon().name("audience").start(this::listen);
  }

  /** Lets so many more in, one after the other. */
  void join(int count) throws IOException, InterruptedException {
    for (int i = 0; i < count; i++) {
      var channel = SocketChannel.open();
      var member = new Member(channel);
      members.add(member);
      channel.connect(new InetSocketAddress("127.0.0.1", port));
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      ByteBuffer upgrade = FrameCodec.cableUpgrade(port);
      while (upgrade.hasRemaining()) {
        channel.write(upgrade);
      }
      channel.configureBlocking(false);
      newcomers.add(member);
      selector.wakeup();
      await(member.welcome, "a welcome");
      channel.write(FrameCodec.text(SUBSCRIBE));
      await(member.confirmed, "a confirmation");
    }
  }

  /** From here on all are to hear this. */
  void expect(String word) {
    awaited = new Awaited(word, members.size());
  }

  /** When they have. */
  Heard heard() throws IOException, InterruptedException {
    Awaited now = awaited;
    await(now.missing, now.word);
    return new Heard(now.first.get(), now.last.get());
  }

  private void await(CountDownLatch what, String name) throws IOException, InterruptedException {
    if (!what.await(LIMIT_SECONDS, TimeUnit.SECONDS) || !broken.isEmpty()) {
      throw new IOException(
          "%s has not come to %d clients; %s".formatted(name, what.getCount(), broken));
    }
  }

  private void listen() {
    try {
      while (!over) {
        for (Member member = newcomers.poll(); member != null; member = newcomers.poll()) {
          member.channel.register(selector, SelectionKey.OP_READ, member);
        }
        selector.select(this::read, 500);
      }
    } catch (IOException e) {
      broken = e.toString();
    }
  }

  private void read(SelectionKey key) {
    var member = (Member) key.attachment();
    try {
      if (member.channel.read(member.unread) < 0) {
        throw new IOException("the server has hung up");
      }
      parse(member);
    } catch (IOException e) {
      broken = over ? "" : e.toString();
      key.cancel();
    }
  }

  private void parse(Member member) throws IOException {
    ByteBuffer in = member.unread.flip();
    if (!member.upgraded) {
      String text = ISO_8859_1.decode(in.duplicate()).toString();
      int end = text.indexOf("\r\n\r\n");
      if (end >= 0 && !text.startsWith("HTTP/1.1 101 ")) {
        throw new IOException(text);
      }
      member.upgraded = end >= 0;
      in.position(member.upgraded ? end + 4 : 0);
    }
    while (member.upgraded && takeFrame(member, in)) {}
    in.compact();
  }

  /** Whether there was a whole one. A server masks nothing. */
  private boolean takeFrame(Member member, ByteBuffer in) throws IOException {
    int at = in.position();
    if (in.remaining() < 2) {
      return false;
    }
    int length = in.get(at + 1) & 0x7F;
    int header = length == 126 ? 4 : 2;
    if (in.remaining() < header) {
      return false;
    }
    length = length == 126 ? in.getShort(at + 2) & 0xFFFF : length;
    if (in.remaining() < header + length) {
      return false;
    }
    byte[] payload = new byte[length];
    in.get(at + header, payload);
    in.position(at + header + length);
    switch (in.get(at) & 0xF) {
      case 1 -> heard(member, new String(payload, ISO_8859_1));
      case 8 -> throw new IOException("the server has closed a socket");
      case 9 -> member.channel.write(FrameCodec.pong(payload));
      default -> {}
    }
    return true;
  }

  private void heard(Member member, String text) {
    if (text.contains(awaited.word)) {
      awaited.heard(System.nanoTime());
    } else if (text.contains("\"welcome\"")) {
      member.welcome.countDown();
    } else if (text.contains("confirm_subscription")) {
      member.confirmed.countDown();
    }
  }

  /** By resets. */
  @Override
  public void close() throws IOException {
    over = true;
    selector.wakeup();
    for (Member member : members) {
      member.channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      member.channel.close();
    }
    try {
      thread.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    selector.close();
  }
}
