package dev.dormouse.local.driver;

import dev.dormouse.core.Company;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/** What is known of who is connected to one run past Dormouse. Control thread only. */
final class CompanyWatch {
  private final MachineResources machine;
  private Company company = Company.UNSEEN;
  private CompletableFuture<Company> look = CompletableFuture.completedFuture(company);

  CompanyWatch(MachineResources machine) {
    this.machine = machine;
  }

  Company company() {
    return company;
  }

  /**
   * Looks anew, on a thread of its own, unless a look is under way.
   *
   * @param ignored addresses of clients that do not count
   * @return completed on the control thread when that is known
   */
  CompletableFuture<Company> look(Run run, Predicate<InetAddress> ignored) {
    if (look.isDone()) {
      var clients = new DirectClients(machine, run.family, run.endpoint(), ignored);
      look =
          CompletableFuture.supplyAsync(clients::find, CompanyWatch::onThread)
              .thenApplyAsync(this::found, machine.control());
    }
    return look;
  }

  private Company found(DirectClients.Found found) {
    company = company.after(machine.now(), found.count(), found.where());
    return company;
  }

  private static void onThread(Runnable look) {
    Thread.ofPlatform().name("dormouse-look").daemon().start(look);
  }
}
