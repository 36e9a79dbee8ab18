package dev.dormouse.demo;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A cable server to try Dormouse with: Action Cable's protocol on {@code /cable}, one {@code
 * ScoresChannel}, its board in memory only. A program of its own that knows nothing of Dormouse.
 *
 * <p>Environment: {@code HOST} (127.0.0.1), {@code PORT} (28080), and {@code BOOT_DELAY_MS} (0),
 * for which it pretends to load an app before it listens. TERM closes its sockets and ends it.
 */
public final class SampleCable {
  private static final int MAX_CLIENTS = 100;

  /** Action Cable's BEAT_INTERVAL; its clients give a socket up after two of them. */
  private static final int BEAT_SECONDS = 3;

  private static final System.Logger LOG = System.getLogger("cable");

  private final Semaphore seats = new Semaphore(MAX_CLIENTS);
  private final ScoresHub hub;

  /** One whose pings tell the time of this clock. */
  SampleCable(InstantSource clock) {
    this.hub = new ScoresHub(clock);
  }

  /** Boots, listens and serves until TERM. Ends with 1 when it cannot listen. */
  public static void main(String[] args) throws Exception {
    var env = System.getenv();
    var host = InetAddress.getByName(env.getOrDefault("HOST", "127.0.0.1"));
    int port = Integer.parseInt(env.getOrDefault("PORT", "28080"));
    long bootMillis = Long.parseLong(env.getOrDefault("BOOT_DELAY_MS", "0"));
    var timer = Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());
    var cable = new SampleCable(InstantSource.system());
    LOG.log(Level.INFO, "booting");
    var boot =
        timer.schedule(() -> new ServerSocket(port, 0, host), bootMillis, TimeUnit.MILLISECONDS);
    try (var listener = boot.get()) {
      LOG.log(Level.INFO, "listening on " + listener.getLocalSocketAddress());
      var _ = timer.scheduleAtFixedRate(cable::beat, 0, BEAT_SECONDS, TimeUnit.SECONDS);
      Runtime.getRuntime().addShutdownHook(new Thread(cable::stop, "stop"));
      cable.serve(listener);
    }
  }

  /** Serves whoever connects, until the listener is closed, which is an IOException. */
  void serve(ServerSocket listener) throws IOException {
    while (true) {
      admit(listener.accept());
    }
  }

  /** Sends a ping to every client. */
  void beat() {
    hub.beat();
  }

  private void admit(Socket client) throws IOException {
    if (seats.tryAcquire()) {
      Thread.startVirtualThread(() -> attend(client));
    } else {
      client.close();
    }
  }

  private void attend(Socket client) {
    try (var socket = new TextSocket(client)) {
      if (socket.accept()) {
        converse(socket);
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "a client is gone", e);
    } finally {
      seats.release();
    }
  }

  private void converse(TextSocket socket) throws IOException {
    hub.join(socket);
    try {
      for (var text = socket.read(); text.isPresent(); text = socket.read()) {
        hub.handle(socket, text.get());
      }
    } finally {
      hub.leave(socket);
    }
  }

  private void stop() {
    hub.close();
    try {
      var _ = seats.tryAcquire(MAX_CLIENTS, 1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
