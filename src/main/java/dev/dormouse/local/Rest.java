package dev.dormouse.local;

import dev.dormouse.control.NapDecision;
import dev.dormouse.control.WarmWindows;
import dev.dormouse.core.Activation;
import dev.dormouse.core.Demand;
import dev.dormouse.core.Phase;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;

/**
 * The services of one machine as a nap of Dormouse itself needs to know them, and what is
 * remembered of them over it. Control thread only.
 */
public final class Rest {
  /** A client that has ended a nap has asked for its service by then. */
  private static final Duration ARRIVAL = Duration.ofSeconds(2);

  private final Collection<ManagedService> services;
  private final MachineDriver driver;
  private final InstantSource clock;
  private final WarmWindows warmWindows;
  private Optional<Map<String, String>> remembered = Optional.empty();
  private Optional<Instant> arrivalUntil = Optional.empty();

  Rest(
      Collection<ManagedService> services,
      MachineDriver driver,
      InstantSource clock,
      WarmWindows warmWindows) {
    this.services = services;
    this.driver = driver;
    this.clock = clock;
    this.warmWindows = warmWindows;
  }

  /** All of them, those that are on their way out included. */
  public List<NapDecision.Service> services() {
    return services.stream().map(this::service).toList();
  }

  private NapDecision.Service service(ManagedService service) {
    Demand.Known demand = service.gate.demand();
    boolean settled =
        !service.isPassPending()
            && service.manual.isEmpty()
            && !service.removed
            && driver.isSettled(service.id);
    return new NapDecision.Service(
        service.id,
        service.status.phase(),
        demand.waiting() + demand.open(),
        service.spec.activation() == Activation.ALWAYS,
        settled,
        driver.child(service.id).isPresent(),
        due(service));
  }

  /** Where windows are declared, passes look every minute whether they are right. */
  private Optional<Instant> due(ManagedService service) {
    Instant now = clock.instant();
    Optional<Instant> pass =
        Optional.ofNullable(service.recheck)
            .filter(it -> !it.isDone())
            .map(it -> now.plusNanos(((Delayed) it).getDelay(TimeUnit.NANOSECONDS)));
    return service.spec.warm().isEmpty() || service.status.phase() == Phase.FAILED
        ? pass
        : warmWindows.at(now, service.spec.warm()).next();
  }

  /** Whether nothing is under way for services that are not declared any more. */
  public boolean isSettled() {
    return driver.isSettled();
  }

  /** The first processes of what runs that are children of this process. */
  public List<Long> children() {
    return services.stream().flatMap(it -> driver.child(it.id).stream()).toList();
  }

  /** What they write to. */
  public List<Path> outputs() {
    return services.stream()
        .filter(it -> driver.child(it.id).isPresent())
        .flatMap(it -> driver.output(it.id).stream())
        .toList();
  }

  /** What people and decisions go by, and no state file has. */
  public Map<String, String> remember() {
    Map<String, String> all = new HashMap<>();
    services.forEach(
        it -> it.remember().forEach((key, value) -> all.put(it.id + " " + key, value)));
    return all;
  }

  /**
   * Goes on with what was remembered, before there are any services.
   *
   * @param byClient whether a client has ended the nap
   */
  void resume(Map<String, String> all, boolean byClient) {
    remembered = Optional.of(all);
    arrivalUntil = byClient ? Optional.of(clock.instant().plus(ARRIVAL)) : Optional.empty();
  }

  boolean isResumed() {
    return remembered.isPresent();
  }

  /** Whether whoever asks now may have waited for the end of a nap. */
  boolean isArrival(Instant now) {
    return arrivalUntil.filter(now::isBefore).isPresent();
  }

  /** Gives a new service what is remembered of it. */
  void recall(ManagedService service) {
    String prefix = service.id + " ";
    Map<String, String> own = new HashMap<>();
    remembered.stream()
        .flatMap(it -> it.entrySet().stream())
        .filter(it -> it.getKey().startsWith(prefix))
        .forEach(it -> own.put(it.getKey().substring(prefix.length()), it.getValue()));
    if (!own.isEmpty()) {
      service.recall(own);
    }
  }

  /** What is remembered is of the first services only. */
  void recalled() {
    remembered = Optional.empty();
  }
}
