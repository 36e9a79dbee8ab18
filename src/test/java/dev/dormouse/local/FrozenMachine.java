package dev.dormouse.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.dormouse.activator.Activator;
import dev.dormouse.activator.ActivatorEvents;
import dev.dormouse.activator.ActivatorSettings;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.budget.Budget;
import dev.dormouse.control.FreezeListener;
import dev.dormouse.control.ServiceView;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.FailureReason;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import dev.dormouse.local.driver.LocalDriver;
import dev.dormouse.local.freeze.Freezer;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.state.LocalSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import reactor.netty.resources.LoopResources;

/** A whole machine in this JVM, all of it real but for the page-out: that takes no swap. */
final class FrozenMachine implements AutoCloseable {
  static final ServiceId CABLE = new ServiceId("default", "cable");

  final FakePageOut pageOut = new FakePageOut();
  final ConcurrentLinkedQueue<String> sleeps = new ConcurrentLinkedQueue<>();
  final SteadyClock clock = new SteadyClock();
  private final ProcFs proc = new ProcFs(Path.of("/proc"));
  private final ControlThread control = new ControlThread();
  private final LoopResources loops = LoopResources.create("test-io", 1, true);
  private final HttpClient http = HttpClient.newHttpClient();
  private final Activator activator;
  private final LocalController controller;

  FrozenMachine(Path stateDir, Map<ServiceId, ServiceSpec> services) {
    activator =
        Activator.start(
            ActivatorSettings.of("127.0.0.1", 0),
            new Budget(Budget.Limits.none()),
            loops,
            clock,
            new Answers());
    var settings = new LocalSettings(stateDir, "", "127.0.0.1", System.getenv());
    controller =
        new LocalController(
            changed ->
                new LocalDriver(
                    settings, clock, control, changed, new Sleeps(), new Freezer(() -> pageOut)),
            clock,
            new WarmWindows(InstantSource.system()),
            control,
            (_, _, _, _) -> {},
            served ->
                activator.serve(
                    RouteTable.of(
                        served.stream()
                            .map(s -> new GatedService(s.id(), s.spec(), s.gate()))
                            .toList(),
                        Optional.empty())));
    controller.apply(services);
    CompletableFuture.runAsync(() -> {}, control).join();
  }

  private final class Sleeps implements FreezeListener {
    @Override
    public void froze(ServiceId id, Outcome outcome) {
      sleeps.add(outcome.name());
    }

    @Override
    public void thawed(ServiceId id, Optional<Duration> took) {
      sleeps.add(took.isPresent() ? "ANSWERED" : "LOST");
    }
  }

  private final class Answers implements ActivatorEvents {
    @Override
    public void refused(Optional<ServiceId> service, String reason, String detail) {
      if (reason.equals(UPSTREAM_REFUSED)) {
        service.ifPresent(controller::answered);
      }
    }

    @Override
    public void opened(ServiceId service, Duration held, Duration sinceAdmitted) {
      controller.answered(service);
    }

    @Override
    public void cut(ServiceId service, String reason) {}

    @Override
    public void closed(ServiceId service, Duration lived) {}

    @Override
    public void foundBroken(ServiceId service, FailureReason reason, String message) {
      controller.broken(service, reason, message);
    }

    @Override
    public void notAllowed(ServiceId service, String where) {}

    @Override
    public void broke(Optional<ServiceId> service, Throwable cause) {}

    @Override
    public void left(ServiceId service, Duration held) {}
  }

  ServiceView view(ServiceId id) {
    return controller.views().stream().filter(v -> v.id().equals(id)).findFirst().orElseThrow();
  }

  long pid() {
    return view(CABLE).process().orElseThrow().pid();
  }

  boolean isFrozen() {
    return view(CABLE).status().phase() == Phase.DORMANT
        && view(CABLE).process().filter(ServiceView.ProcessUsage::frozen).isPresent();
  }

  void awaitFrozen() {
    await("frozen")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(10))
        .until(this::isFrozen);
  }

  /** How many processes of the cable are stopped. */
  long stopped() {
    return proc.processes().stream().filter(p -> p.session() == pid() && p.stopped()).count();
  }

  Socket open() {
    var socket = new Socket();
    socket.opened =
        http.newWebSocketBuilder()
            .subprotocols("actioncable-v1-json")
            .buildAsync(URI.create("ws://127.0.0.1:" + activator.port() + "/cable"), socket);
    return socket;
  }

  @Override
  public void close() throws IOException {
    try {
      controller.shutDown().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    } finally {
      activator.close();
      control.shutdownNow();
      loops.dispose();
    }
  }

  /** One client. */
  static final class Socket implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();
    private final List<String> messages = new java.util.ArrayList<>();
    CompletableFuture<WebSocket> opened = new CompletableFuture<>();

    WebSocket join() {
      return opened.orTimeout(20, TimeUnit.SECONDS).join();
    }

    Socket awaitMessage(String part) {
      join();
      await(part)
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(2))
          .until(() -> has(part));
      return this;
    }

    private synchronized boolean has(String part) {
      return messages.stream().anyMatch(message -> message.contains(part));
    }

    Socket say(String message) {
      assertThat(join().sendText(message, true)).succeedsWithin(Duration.ofSeconds(5));
      return this;
    }

    /** Without a word. */
    void drop() {
      join().abort();
    }

    void leave() {
      var _ = join().sendClose(1000, "");
    }

    @Override
    public synchronized CompletionStage<?> onText(
        WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        messages.add(text.toString());
        text.setLength(0);
      }
      return WebSocket.Listener.super.onText(socket, data, last);
    }
  }
}
