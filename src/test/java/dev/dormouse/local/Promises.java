package dev.dormouse.local;

import dev.dormouse.core.Action;
import dev.dormouse.core.Activation;
import dev.dormouse.core.Failure;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.StopReason;
import dev.dormouse.core.Workload;
import dev.dormouse.testing.FakeDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/** The promises, stated about what clients and processes can see, not about decisions. */
final class Promises {
  private final FakeDriver driver;
  private final Supplier<Instant> now;
  private final Supplier<List<SimClient>> clients;

  Promises(FakeDriver driver, Supplier<Instant> now, Supplier<List<SimClient>> clients) {
    this.driver = driver;
    this.now = now;
    this.clients = clients;
  }

  /** What may be asked of a driver at this moment. */
  void beforeAction(SimService service, Action action) {
    switch (action) {
      case Action.Start _ -> {
        require(!driver.isAlive(service.id()), 3, "a second start of " + service);
        require(!service.isBackingOff(driver, now.get()), 7, "a start during the back-off");
        boolean mayStart = service.demandIsKnown || service.isWantedByOthers();
        require(mayStart, 6, "a start for unknown demand of " + service);
      }
      case Action.Stop(StopReason reason) when reason == StopReason.IDLE -> beforeSleep(service);
      case Action.Freeze _ -> beforeSleep(service);
      case Action.Stop(StopReason reason) -> {
        boolean polite =
            service.openWhenRead.stream()
                .allMatch(client -> client.askedToLeave || !client.isPresent());
        require(polite, 1, "a tunnel cut without a word: " + reason + " of " + service);
      }
      case Action.Keep _,
          Action.Sound _,
          Action.Doze _,
          Action.Drain _,
          Action.Thaw _,
          Action.Look _,
          Action.Forget _ -> {}
    }
  }

  private void beforeSleep(SimService service) {
    for (SimClient client : of(service.id())) {
      boolean connected =
          client.state == SimClient.State.OPEN || client.state == SimClient.State.DIALLING;
      require(!connected, 1, "an idle stop cuts a " + client);
    }
    require(
        driver.workload(service.id()) instanceof Workload.Ready, 4, "sleep of what is not ready");
    require(service.demandIsKnown, 6, "sleep of " + service + " on unknown demand");
    require(service.quietWhenRead, 1, "sleep of " + service + " while somebody waits");
    require(
        !service.hadDirectClients(driver, now.get()), 1, "sleep of " + service + " under a client");
    require(!service.dependentRuns(driver), 5, "sleep of " + service + " under its dependent");
  }

  /** An idle stop has won, at this moment. */
  void onSleep(SimService service) {
    Duration quiet = Duration.between(service.quietSince, now.get());
    boolean longEnough = quiet.compareTo(service.entry.spec.idleTimeout()) >= 0;
    require(longEnough, 6, "sleep of " + service + " after only " + quiet);
  }

  /** What must be true when no pass is due. */
  void atRest(SimService service) {
    var entry = service.entry;
    require(
        entry.demand().waiting() <= entry.spec.startup().maxWaiting(), 7, "too many clients wait");
    Workload workload = driver.observe(entry.id);
    for (SimClient client : of(entry.id)) {
      require(!client.wasForgotten(), 2, "nobody told a client that there is an address");
      if (client.state == SimClient.State.HELD) {
        waitsForGoodReason(service, client, workload);
      }
    }
  }

  private void waitsForGoodReason(SimService service, SimClient client, Workload workload) {
    var entry = service.entry;
    boolean never = entry.spec.activation() == Activation.DISABLED || !entry.isDeclared();
    switch (workload) {
      case Workload.Absent _ -> {
        require(!never, 2, "a client waits for a disabled service");
        boolean blocked = service.dependencyIsMissing(driver);
        require(blocked || !service.demandIsKnown, 2, "a client waits and nothing starts");
      }
      case Workload.Failed(Failure failure) -> {
        require(!never, 2, "a client waits for a disabled service");
        boolean hopeless = client.holdUntil.isBefore(failure.nextRetry());
        boolean told = !hopeless || !service.demandIsKnown;
        require(told, 2, "a client waits in vain for a retry");
        boolean due = !now.get().isBefore(failure.nextRetry());
        boolean blocked = service.dependencyIsMissing(driver);
        boolean forgotten = due && service.demandIsKnown && !blocked;
        require(!forgotten, 2, "a client waits and nothing is tried again");
      }
      case Workload.Ready _ ->
          require(client.seesAnAddress(), 2, "a client waits before a ready workload");
      case Workload.Unknown _,
          Workload.Starting _,
          Workload.Broken _,
          Workload.Draining _,
          Workload.Stopping _,
          Workload.Frozen _ -> {}
    }
  }

  private List<SimClient> of(ServiceId id) {
    return clients.get().stream().filter(client -> client.service.id.equals(id)).toList();
  }

  static void require(boolean holds, int promise, String what) {
    if (!holds) {
      throw new AssertionError("promise " + promise + ": " + what);
    }
  }
}
