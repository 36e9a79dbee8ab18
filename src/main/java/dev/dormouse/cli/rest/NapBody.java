package dev.dormouse.cli.rest;

import dev.dormouse.activator.Activator;
import dev.dormouse.admin.AdminServer;
import dev.dormouse.control.NapDecision.LastContact;
import dev.dormouse.control.NapDecision.Sight;
import dev.dormouse.local.Rest;
import dev.dormouse.local.state.StateDirectory;
import dev.dormouse.logging.LogSetup;
import dev.dormouse.nap.Handover;
import dev.dormouse.nap.Launcher;
import dev.dormouse.nap.NapNote;
import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** This process, as far as it can sleep. Control thread only. */
public final class NapBody implements NapLoop.Body {
  private static final Logger LOG = System.getLogger("dormouse");

  /** What changed so shortly before may not have been seen: the launcher looks, too. */
  private static final Duration DOUBT = Duration.ofSeconds(1);

  private final Parts parts;
  private final Ways ways;
  private final InstantSource clock;

  /**
   * What it consists of.
   *
   * @param lock the descriptor through which the state directory is locked since an earlier nap
   */
  public record Parts(
      Activator activator,
      AdminServer admin,
      Rest rest,
      StateDirectory state,
      Optional<Integer> lock) {}

  /**
   * How it is told and asked.
   *
   * @param obstacle why there can be no nap
   * @param busy what it is at
   * @param due when it has something to do
   * @param last what has come in
   * @param note what it leaves for itself
   * @param manifests what it reads, and the directories where there may be more
   */
  record Ways(
      Optional<String> obstacle,
      Supplier<Optional<String>> busy,
      Supplier<Optional<Instant>> due,
      Supplier<LastContact> last,
      Supplier<NapNote> note,
      Supplier<List<Path>> manifests) {}

  NapBody(Parts parts, Ways ways, InstantSource clock) {
    this.parts = parts;
    this.ways = ways;
    this.clock = clock;
  }

  /** Why no process like this one could nap; empty if it may be possible. */
  static Optional<String> obstacle(Activator activator) {
    if (Launcher.ofThisProcess().isEmpty()) {
      return Optional.of("it was not started by its launcher");
    }
    if (!(activator.listener() instanceof UnixChannel)) {
      return Optional.of("its sockets are not of epoll");
    }
    if (isWatched()) {
      return Optional.of("a watchdog wants to hear of it (WatchdogSec=)");
    }
    return Optional.empty();
  }

  /** Whether somebody ends what gives no sign of life. */
  static boolean isWatched() {
    return System.getenv("WATCHDOG_USEC") != null;
  }

  @Override
  public Sight sight(LastContact last) {
    return new Sight(
        ways.obstacle(),
        ways.busy()
            .get()
            .or(
                () ->
                    parts.rest().isSettled()
                        ? Optional.empty()
                        : Optional.of("something is under way for a service")),
        parts.activator().relayedElsewhere(),
        parts.admin().asked(),
        last,
        ways.due().get(),
        parts.rest().services());
  }

  @Override
  public boolean isAlone() {
    if (isDeserted()) {
      return true;
    }
    LastContact seen = ways.last().get();
    parts
        .activator()
        .listener()
        .eventLoop()
        .execute(
            () -> {
              if (ways.last().get().equals(seen)) {
                parts.activator().closeIdle();
                parts.admin().closeIdle();
              }
            });
    return false;
  }

  private boolean isDeserted() {
    return parts.activator().connections() == 0 && parts.admin().connections() == 0;
  }

  /**
   * The last look and the exec are on the event loop, the only thread that accepts and reads: what
   * comes after the look stays in the kernel.
   */
  @Override
  public void nap(LastContact seen, Optional<Instant> until) throws IOException {
    Instant now = clock.instant();
    Path file = NapNote.in(parts.state().path());
    ways.note().get().write(file, InstantSource.system().instant().minus(DOUBT));
    var errand = errand(file, until.map(it -> Duration.between(now, it)));
    var launcher = Launcher.ofThisProcess().orElseThrow();
    var handover = new Handover();
    LOG.log(Level.INFO, "napping: {0} was the last that came in", seen.what().words());
    LogSetup.flush();
    try {
      parts
          .activator()
          .listener()
          .eventLoop()
          .submit(
              () -> {
                if (isDeserted() && ways.last().get().equals(seen) && ways.busy().get().isEmpty()) {
                  handover.become(launcher, errand);
                }
                return true;
              })
          .get();
      LOG.log(Level.INFO, "not napping: something came in");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Handover.Errand errand(Path note, Optional<Duration> until) {
    var sockets = new LinkedHashMap<String, Integer>();
    sockets.put("listen", descriptor(parts.activator().listener()));
    sockets.put("admin", descriptor(parts.admin().listener()));
    List<Path> watched = new ArrayList<>(ways.manifests().get());
    watched.addAll(parts.rest().outputs());
    return new Handover.Errand(
        sockets,
        new Handover.Lock(parts.state().lockFile(), parts.state().sleepersByte(), parts.lock()),
        note,
        ways.manifests().get(),
        watched,
        parts.rest().children(),
        until);
  }

  private static int descriptor(Channel channel) {
    return ((UnixChannel) channel).fd().intValue();
  }
}
