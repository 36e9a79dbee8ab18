package dev.dormouse.activator;

import dev.dormouse.activator.head.RejectReason;
import dev.dormouse.activator.head.Rejection;
import dev.dormouse.activator.route.GatedService;
import dev.dormouse.activator.route.RouteTable;
import dev.dormouse.budget.Account;
import dev.dormouse.budget.Budget.Kind;
import dev.dormouse.core.ServiceSpec.ServedBy;
import dev.dormouse.intake.Costs;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where a valid upgrade goes: to its service, to the region that serves it, or nowhere. Whoever has
 * received it puts the held upgrade in its own place.
 *
 * @param account that the client is kept on
 * @param put replaces the handlers that read requests, and hands on what they have not read
 */
record Takeover(Activator activator, Channel channel, Account account, Consumer<HeldUpgrade> put) {
  /** Why the service takes no request with a head of this size, if it does not. */
  static Optional<Rejection> tooLarge(RouteTable.Hit hit, int bytes) {
    int most = hit.served().spec().limits().maxHead();
    return bytes > most ? Optional.of(tooLarge(most)) : Optional.empty();
  }

  /** That a head is larger than this. */
  static Rejection tooLarge(int most) {
    return new Rejection(
        RejectReason.HEAD_TOO_LARGE,
        "The head of the request, with its path, is larger than limits.maxHead: "
            + most
            + " bytes.");
  }

  /** Holds the upgrade; if it is not to be held here, what its client is to be told. */
  Optional<Answer> take(HttpRequest request, RouteTable.Hit hit) {
    Optional<Answer> told = elsewhere(activator, request, hit);
    if (told.isEmpty()) {
      RouteTable.Hit there = there(activator, request, hit);
      var held = new HeldUpgrade(activator, channel, account, request, there);
      put.accept(held);
      channel.config().setAutoRead(true);
      if (account.become(Kind.HELD, Costs.held(request), held::shed)) {
        held.enter();
      }
      activator.heedRoom();
      locate(activator, there);
    }
    return told;
  }

  /**
   * What the client of a service is told that another region serves, if we do not send it there.
   */
  static Optional<Answer> elsewhere(Activator activator, HttpRequest request, RouteTable.Hit hit) {
    GatedService served = hit.served();
    Optional<ServedBy> by = served.spec().servedBy();
    var told = by.flatMap(it -> activator.elsewhere.answer(request, served, it));
    told.ifPresent(
        it ->
            activator.events.refused(
                Optional.of(served.id()),
                it.reasonCode(),
                "Region " + by.get().region() + " serves it."));
    return told.map(RegionRedirect.Told::answer);
  }

  /** The same request where it is served. */
  static RouteTable.Hit there(Activator activator, HttpRequest request, RouteTable.Hit hit) {
    return hit.served().spec().servedBy().isPresent()
        ? activator.elsewhere.redirected(request, hit)
        : hit;
  }

  /** Finds out where those may dial who wait for another region. */
  static void locate(Activator activator, RouteTable.Hit there) {
    there
        .served()
        .spec()
        .servedBy()
        .flatMap(ServedBy::upstream)
        .ifPresent(url -> activator.elsewhere.locate(there.served(), url));
  }
}
