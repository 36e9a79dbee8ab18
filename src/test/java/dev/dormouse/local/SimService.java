package dev.dormouse.local;

import dev.dormouse.core.Failure;
import dev.dormouse.core.Phase;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.Workload;
import dev.dormouse.testing.FakeDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a simulation knows about a service besides its runtime. */
final class SimService {
  final SimulatedMachine.Entry entry;
  private final List<SimService> others;

  /** Whether the runtime may know the demand. */
  boolean demandIsKnown = true;

  /** When the last one left; before the last restart nothing is known. */
  Instant quietSince;

  /** What the pass under way has read about demand, by the simulation's own account. */
  boolean quietWhenRead = true;

  List<SimClient> openWhenRead = List.of();

  /** When the first of those came who are connected past the gate, if any are. */
  private Optional<Instant> directSince = Optional.empty();

  SimService(SimulatedMachine.Entry entry, List<SimService> others, Instant now) {
    this.entry = entry;
    this.others = others;
    this.quietSince = now;
  }

  /** A pass reads the demand now. */
  void read(List<SimClient> clients) {
    var mine = clients.stream().filter(client -> client.service == entry).toList();
    quietWhenRead = mine.stream().noneMatch(SimClient::isPresent);
    openWhenRead = mine.stream().filter(client -> client.state == SimClient.State.OPEN).toList();
    remember(mine);
  }

  /** Takes in when those have left who have. */
  void remember(List<SimClient> clients) {
    for (SimClient client : clients) {
      if (client.service == entry && client.goneAt.isAfter(quietSince)) {
        quietSince = client.goneAt;
      }
    }
  }

  /** Clients come to what is ready past the gate, or leave it. */
  void directClients(FakeDriver driver, int count, Instant now) {
    boolean come = count > 0 && driver.workload(id()) instanceof Workload.Ready;
    driver.directClients(id(), come ? count : 0);
    directSince = come ? directSince.or(() -> Optional.of(now)) : Optional.empty();
  }

  /** Whether somebody was there, in vain, when it was looked. */
  boolean hadDirectClients(FakeDriver driver, Instant now) {
    return driver.directClients(id()) > 0
        && driver.workload(id()) instanceof Workload.Ready ready
        && ready.company().isPresent()
        && directSince.filter(it -> it.isBefore(now.minus(Duration.ofSeconds(1)))).isPresent();
  }

  ServiceId id() {
    return entry.id;
  }

  boolean isBackingOff(FakeDriver driver, Instant now) {
    return driver.workload(id()) instanceof Workload.Failed(Failure failure)
        && now.isBefore(failure.nextRetry());
  }

  boolean isWantedByOthers() {
    return entry.isWantedByItself()
        || others.stream()
            .filter(this::dependsOnMe)
            .anyMatch(
                other ->
                    other.entry.status().phase().isAwake()
                        || other.entry.status().phase() == Phase.STOPPING);
  }

  boolean dependentRuns(FakeDriver driver) {
    return others.stream()
        .filter(this::dependsOnMe)
        .filter(other -> other.entry.gate().isPresent()) // else nobody knows what it needs
        .anyMatch(
            other ->
                driver.isAlive(other.id())
                    && !(driver.workload(other.id()) instanceof Workload.Frozen));
  }

  /** True if anything that it depends on is not seen to serve. */
  boolean dependencyIsMissing(FakeDriver driver) {
    return others.stream()
        .filter(other -> entry.spec.dependsOn().contains(other.id().name()))
        .anyMatch(other -> !(driver.observe(other.id()) instanceof Workload.Ready));
  }

  private boolean dependsOnMe(SimService other) {
    return other.entry.spec.dependsOn().contains(id().name());
  }

  @Override
  public String toString() {
    return id().name();
  }
}
