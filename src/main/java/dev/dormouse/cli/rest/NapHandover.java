package dev.dormouse.cli.rest;

import dev.dormouse.admin.AdminServer;
import dev.dormouse.admin.metrics.Metrics;
import dev.dormouse.control.NapDecision.Contact;
import dev.dormouse.control.NapDecision.LastContact;
import dev.dormouse.control.SteadyClock;
import dev.dormouse.local.ControlThread;
import dev.dormouse.local.LocalController;
import dev.dormouse.local.freeze.FileWatch;
import dev.dormouse.nap.NapNote;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The sleep of one machine's Dormouse itself: whether it has one, how it came back from the last,
 * and what it leaves for itself before the next. Thread-safe.
 */
public final class NapHandover {
  private static final Logger LOG = System.getLogger("dormouse");

  private final Optional<Duration> calm;
  private final Optional<Comeback> comeback;
  private final Supplier<Map<Path, String>> manifests;
  private final List<Path> given;
  private volatile Optional<NapLoop> naps = Optional.empty();

  /**
   * A machine that has not begun.
   *
   * @param calm how long nothing must come in; empty for never
   * @param comeback from the last nap
   * @param manifests their texts as they hold, by file
   * @param given where they are read
   */
  public NapHandover(
      Optional<Duration> calm,
      Optional<Comeback> comeback,
      Supplier<Map<Path, String>> manifests,
      List<Path> given) {
    this.calm = calm;
    this.comeback = comeback;
    this.manifests = manifests;
    this.given = given;
  }

  /** One that never sleeps. */
  public static NapHandover never() {
    return new NapHandover(Optional.empty(), Optional.empty(), Map::of, List.of());
  }

  /**
   * The machine.
   *
   * @param stopping whether it is
   * @param idleEnd what ends it when nothing is needed
   * @param supervision who wants to hear of it
   * @param outlived whether somebody else keeps its sockets
   */
  public record Machine(
      LocalController controller,
      Metrics metrics,
      SteadyClock clock,
      ControlThread control,
      BooleanSupplier stopping,
      Supplier<Optional<IdleShutdown>> idleEnd,
      Optional<Supervision> supervision,
      boolean outlived) {}

  /** What the nap that has just ended has left; empty if there was none. */
  public Optional<Comeback> comeback() {
    return comeback;
  }

  /**
   * Whether somebody else keeps the sockets.
   *
   * @param inherited whether they were open when this process began: after a nap they always are
   */
  public boolean outlived(boolean inherited) {
    return comeback.map(Comeback::outlived).orElse(inherited);
  }

  /** The clock of the process that slept, or a new one. */
  public SteadyClock clock() {
    return comeback.map(Comeback::clock).orElseGet(SteadyClock::new);
  }

  /** Has the counters go on, and the services, before there are any. */
  public void goOn(Metrics metrics, LocalController controller, SteadyClock clock) {
    comeback.ifPresent(
        it -> {
          try {
            metrics.recall(
                it.note().part(Comeback.METRICS),
                it.woken().label(),
                it.slept(clock.instant()),
                it.woken().bytes());
            controller.resume(it.note().part(Comeback.SERVICES), it.woken().byClient());
          } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "what was counted before the nap is lost", e);
          }
        });
  }

  /** It listens and knows its services: what the nap needed is given back, and one line says so. */
  public void back(SteadyClock clock) {
    comeback.ifPresent(
        it -> {
          it.woken().release();
          LOG.log(
              Level.INFO,
              "back from a nap of {0} s, woken by {1}",
              String.valueOf(it.slept(clock.instant()).toSeconds()),
              it.woken().explain());
        });
  }

  /** From now on it may sleep. */
  public void begin(NapBody.Parts parts, Machine machine) {
    calm.ifPresent(it -> begin(it, parts, machine));
  }

  private void begin(Duration wait, NapBody.Parts parts, Machine machine) {
    Optional<String> obstacle = NapBody.obstacle(parts.activator());
    Level level = NapBody.isWatched() ? Level.INFO : Level.DEBUG;
    obstacle.ifPresent(it -> LOG.log(level, "never naps: " + it));
    int broken =
        comeback
            .map(it -> NapLoop.broken(it.note().part(Comeback.NAPS), machine.clock().instant()))
            .orElse(0);
    var ways =
        new NapBody.Ways(
            obstacle,
            () ->
                machine.stopping().getAsBoolean()
                    ? Optional.of("it is stopping")
                    : Optional.empty(),
            () -> machine.idleEnd().get().map(IdleShutdown::due),
            this::last,
            () -> leave(machine),
            this::files);
    var body = new NapBody(parts, ways, machine.clock());
    var begun = new NapLoop(wait, broken, body, machine.clock(), machine.control());
    naps = Optional.of(begun);
    begun.start();
  }

  private LastContact last() {
    return naps.orElseThrow().last();
  }

  private NapNote leave(Machine machine) {
    machine.supervision().ifPresent(Supervision::napping);
    Map<String, String> texts = new HashMap<>();
    manifests.get().forEach((file, text) -> texts.put(file.toString(), text));
    return new NapNote()
        .with(Comeback.CLOCK, Comeback.of(machine.clock().origin()))
        .with(Comeback.NAPS, naps.map(NapLoop::note).orElse(Map.of()))
        .with(
            Comeback.IDLE,
            machine
                .idleEnd()
                .get()
                .map(it -> Map.of("since", it.lastNeeded().toString()))
                .orElse(Map.of()))
        .with(Comeback.SOCKETS, Map.of(Comeback.OUTLIVED, Boolean.toString(machine.outlived())))
        .with(Comeback.SERVICES, machine.controller().rest().remember())
        .with(Comeback.METRICS, machine.metrics().remember())
        .with(Comeback.MANIFESTS, texts);
  }

  /** What is read, and the directories in which there may be more. */
  private List<Path> files() {
    Set<Path> all = FileWatch.watchable(given);
    manifests.get().keySet().stream()
        .map(it -> it.toAbsolutePath().normalize())
        .filter(Files::exists)
        .forEach(all::add);
    return List.copyOf(all);
  }

  /** What hears of naps, to be told of all that happens. */
  public Optional<NapLoop> naps() {
    return naps;
  }

  /** Somebody has come, on any port. */
  public void contacted(Contact what) {
    naps.ifPresent(it -> it.contacted(what));
  }

  /** What the admin port has to do with it. */
  public AdminServer.Nap adminPort(ControlThread control, SteadyClock clock) {
    return new AdminServer.Nap(
        path ->
            contacted(
                switch (path) {
                  case "/livez", "/readyz" -> Contact.PROBE;
                  case "/metrics" -> Contact.SCRAPE;
                  default -> Contact.ADMIN;
                }),
        () -> obstacle(control, clock),
        comeback.isPresent());
  }

  /** Why it is awake; empty if it never sleeps, or nobody can say at the moment. */
  private Optional<String> obstacle(ControlThread control, SteadyClock clock) {
    return naps.flatMap(
        it ->
            CompletableFuture.supplyAsync(it::reason, control)
                .completeOnTimeout(Optional.empty(), 1, TimeUnit.SECONDS)
                .join()
                .map(reason -> reason.explain(clock.instant())));
  }
}
