package dev.dormouse.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Those who are to notice nothing: a bystander in an open tunnel that has an echo every 10 ms, a
 * newcomer every 100 ms that upgrades and has one echo, a probe of the admin port every second.
 * Times count from the moment that each was due at.
 */
final class Innocents implements AutoCloseable {
  private static final int NEWCOMERS_PATIENCE_MILLIS = 10_000;
  private static final int PROBES_PATIENCE_MILLIS = 1_000;

  final Times echoes = new Times();
  final Times newcomers = new Times();
  final AtomicInteger newcomersLost = new AtomicInteger();
  final AtomicInteger probesLost = new AtomicInteger();
  final AtomicInteger bystandersCut = new AtomicInteger();
  private final InetSocketAddress listen;
  private final InetSocketAddress admin;
  private volatile boolean over;

  Innocents(InetSocketAddress listen, InetSocketAddress admin) throws IOException {
    this.listen = listen;
    this.admin = admin;
    Socket tunnel = tunnel(30_000);
    tunnel.setSoTimeout(60_000);
    start("bystander-out", () -> speak(tunnel));
    start("bystander-in", () -> hear(tunnel));
    start("newcomers", () -> every(100, () -> Thread.startVirtualThread(this::come)));
    start("probes", () -> every(1_000, () -> Thread.startVirtualThread(this::probe)));
  }

  private static void start(String name, Runnable task) {
    Thread.ofPlatform().name(name).daemon().start(task);
  }

  private void every(int millis, Runnable task) {
    long due = System.nanoTime();
    while (!over) {
      due += millis * 1_000_000L;
      sleepUntil(due);
      task.run();
    }
  }

  private static void sleepUntil(long nanos) {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      try {
        Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private Socket tunnel(int patience) throws IOException {
    var socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(patience);
    socket.connect(listen, patience);
    socket.getOutputStream().write(Kind.upgrade("/echo", "").getBytes(ISO_8859_1));
    String head = head(socket.getInputStream());
    if (!head.startsWith("HTTP/1.1 101 ")) {
      socket.close();
      throw new IOException(head.isEmpty() ? "closed" : head.substring(0, head.indexOf('\r')));
    }
    return socket;
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return head.toString();
      }
      head.append((char) next);
    }
    return head.toString();
  }

  /** Each message carries the moment that it was due at. */
  private void speak(Socket tunnel) {
    long due = System.nanoTime();
    try {
      while (!over) {
        due += 10_000_000;
        sleepUntil(due);
        byte[] message = Kind.frame(Long.BYTES).getBytes(ISO_8859_1);
        ByteBuffer.wrap(message).putLong(6, due);
        tunnel.getOutputStream().write(message);
      }
      tunnel.close();
    } catch (IOException e) {
      System.err.println("siege: bystander: " + e);
    }
  }

  private void hear(Socket tunnel) {
    var message = new byte[2 + Long.BYTES];
    try {
      while (!over) {
        if (tunnel.getInputStream().readNBytes(message, 0, message.length) < message.length) {
          throw new IOException("cut");
        }
        echoes.add(System.nanoTime() - ByteBuffer.wrap(message).getLong(2));
      }
    } catch (IOException e) {
      if (!over) {
        bystandersCut.incrementAndGet();
        System.err.println("siege: bystander: " + e);
      }
    }
  }

  private void come() {
    long due = System.nanoTime();
    try (Socket tunnel = tunnel(NEWCOMERS_PATIENCE_MILLIS)) {
      tunnel.getOutputStream().write(Kind.frame(1).getBytes(ISO_8859_1));
      if (tunnel.getInputStream().readNBytes(3).length < 3) {
        throw new IOException("cut");
      }
      newcomers.add(System.nanoTime() - due);
    } catch (IOException e) {
      if (!over) {
        newcomersLost.incrementAndGet();
        System.err.println("siege: newcomer: " + e);
      }
    }
  }

  private void probe() {
    try (var socket = new Socket()) {
      socket.setSoTimeout(PROBES_PATIENCE_MILLIS);
      socket.connect(admin, PROBES_PATIENCE_MILLIS);
      socket.getOutputStream().write((Kind.head("/livez", "") + "\r\n").getBytes(ISO_8859_1));
      if (!head(socket.getInputStream()).startsWith("HTTP/1.1 200 ")) {
        throw new IOException("not live");
      }
    } catch (IOException e) {
      if (!over) {
        probesLost.incrementAndGet();
        System.err.println("siege: probe: " + e);
      }
    }
  }

  @Override
  public void close() {
    over = true;
  }
}
