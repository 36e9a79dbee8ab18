package dev.dormouse.footprint;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.dormouse.activator.Activator;
import dev.dormouse.activator.ActivatorEvents;
import dev.dormouse.activator.ActivatorSettings;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.budget.Budget;
import dev.dormouse.core.Endpoint;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.Waiters;
import dev.dormouse.gate.Gate;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import reactor.netty.resources.LoopResources;

/**
 * Serves made-up clients of a made-up service, so that the data path is initialized, and most of it
 * compiled, when the first real one comes: interpreted, it takes longer by two thirds from an
 * upgrade to the pass that starts the workload, and a storm of thousands by a fifth.
 *
 * <p>They come over loopback, to an activator of their own on the event loops of the real one.
 * Metrics, log and routes do not know of them.
 */
public final class WarmUp {
  /**
   * A method of the data path is compiled about at its twentieth call, as the launcher asks for,
   * and nearly all are called for each.
   */
  public static final int CLIENTS = 30;

  /** From when Dormouse listens; who is waiting for that is served first. */
  public static final Duration AFTER = Duration.ofMillis(100);

  /** How long each step may take: a machine that is busier has no use for it. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final System.Logger LOG = System.getLogger("dormouse");
  private static final int MOST_HEAD_BYTES = 1024;
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private static final String MANIFEST =
      """
      apiVersion: dormouse.dev/v1alpha1
      kind: OnDemandService
      metadata:
        name: dry-run
      spec:
        port: 1
        path: /dry-run
        command: ["true"]
      """;

  /** RFC 6455, 1.3: the key and its answer are the example there. */
  private static final byte[] UPGRADE =
      """
      GET /dry-run HTTP/1.1\r
      Host: 127.0.0.1\r
      Origin: http://127.0.0.1\r
      Connection: Upgrade\r
      Upgrade: websocket\r
      Sec-WebSocket-Version: 13\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
      \r
      """
          .getBytes(US_ASCII);

  private static final byte[] ACCEPTED =
      """
      HTTP/1.1 101 Switching Protocols\r
      Connection: Upgrade\r
      Upgrade: websocket\r
      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
      \r
      """
          .getBytes(US_ASCII);

  /** A text of one character, with a mask of zeros, and without one. */
  private static final byte[] MASKED = {(byte) 0x81, (byte) 0x81, 0, 0, 0, 0, 'x'};

  private static final byte[] UNMASKED = {(byte) 0x81, 1, 'x'};

  private final Semaphore demandChanged = new Semaphore(0);
  private final LoopResources loops;
  private final Budget budget;
  private final InstantSource clock;
  private final BooleanSupplier wanted;
  private final Gate gate;

  /**
   * On the event loops of the real activator.
   *
   * @param wanted asked before each client; once it says no, there are no more
   */
  public WarmUp(LoopResources loops, Budget budget, InstantSource clock, BooleanSupplier wanted) {
    this.loops = loops;
    this.budget = budget;
    this.clock = clock;
    this.wanted = wanted;
    this.gate = new Gate(clock, demandChanged::release);
  }

  /** Performs it on a thread of its own. */
  public void start() {
    Thread.ofPlatform().name("dormouse-dry-run").daemon().start(() -> perform(CLIENTS, PATIENCE));
  }

  /**
   * Serves so many of them, one after the other, and says how many were. Blocks; it gives up when a
   * step takes longer than {@code patience}, as it would without loopback.
   */
  public int perform(int clients, Duration patience) {
    var patienceMillis = (int) patience.toMillis();
    int served = 0;
    try (var workload = new ServerSocket(0, 1, LOOPBACK);
        var activator =
            Activator.start(
                ActivatorSettings.of(LOOPBACK.getHostAddress(), 0),
                budget,
                loops,
                clock,
                new Unheard())) {
      workload.setSoTimeout(patienceMillis);
      activator.serve(routes());
      for (; served < clients && wanted.getAsBoolean(); served++) {
        serveOne(activator.port(), workload, patienceMillis);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.log(Level.DEBUG, "dry run ended early", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    LOG.log(Level.DEBUG, "dry run of {0} clients", String.valueOf(served));
    return served;
  }

  private RouteTable routes() {
    return RouteTable.of(
        new ManifestReader(ReaderContext.machine(Optional.empty()))
            .read(Path.of("dry-run.yaml"), MANIFEST).services().stream()
                .map(it -> new GatedService(it.id(), it.spec(), gate))
                .toList(),
        Optional.empty());
  }

  /** As a wake goes: it is held, admitted by another thread, talks, and leaves. */
  private void serveOne(int port, ServerSocket workload, int patienceMillis)
      throws IOException, InterruptedException {
    gate.withdraw();
    demandChanged.drainPermits();
    try (var client = socket(new Socket(LOOPBACK, port), patienceMillis)) {
      client.getOutputStream().write(UPGRADE);
      if (!demandChanged.tryAcquire(patienceMillis, TimeUnit.MILLISECONDS)) {
        throw new IOException("no demand");
      }
      gate.apply(
          new Waiters.Admit(new Endpoint(LOOPBACK.getHostAddress(), workload.getLocalPort())));
      try (var upstream = socket(workload.accept(), patienceMillis)) {
        skipHead(upstream.getInputStream());
        upstream.getOutputStream().write(ACCEPTED);
        skipHead(client.getInputStream());
        client.getOutputStream().write(MASKED);
        upstream.getInputStream().skipNBytes(MASKED.length);
        upstream.getOutputStream().write(UNMASKED);
        client.getInputStream().skipNBytes(UNMASKED.length);
      }
    }
  }

  private static Socket socket(Socket socket, int patienceMillis) throws IOException {
    socket.setSoTimeout(patienceMillis);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static void skipHead(InputStream in) throws IOException {
    var head = new byte[MOST_HEAD_BYTES];
    int length = 0;
    while (!new String(head, 0, length, US_ASCII).endsWith("\r\n\r\n")) {
      int more = in.read(head, length, head.length - length);
      if (more <= 0) {
        throw new IOException("no head");
      }
      length += more;
    }
  }

  /** Nobody. */
  private static final class Unheard implements ActivatorEvents {
    @Override
    public void refused(Optional<ServiceId> service, String reasonCode, String detail) {}

    @Override
    public void opened(ServiceId service, Duration held, Duration sinceAdmitted) {}

    @Override
    public void cut(ServiceId service, String reasonCode) {}

    @Override
    public void closed(ServiceId service, Duration lived) {}

    @Override
    public void foundBroken(ServiceId service, FailureReason reason, String message) {}

    @Override
    public void notAllowed(ServiceId service, String where) {}

    @Override
    public void broke(Optional<ServiceId> service, Throwable cause) {}

    @Override
    public void left(ServiceId service, Duration held) {}
  }
}
