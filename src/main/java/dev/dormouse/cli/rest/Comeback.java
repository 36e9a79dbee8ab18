package dev.dormouse.cli.rest;

import dev.dormouse.control.SteadyClock;
import dev.dormouse.nap.NapNote;
import dev.dormouse.nap.Woken;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** How this process came back from a nap, and what it has left for itself. */
public record Comeback(Woken woken, NapNote note) {
  static final String CLOCK = "clock";
  static final String NAPS = "naps";
  static final String IDLE = "idle";
  static final String SERVICES = "services";
  static final String METRICS = "metrics";
  static final String MANIFESTS = "manifests";
  static final String SOCKETS = "sockets";
  static final String OUTLIVED = "outlived";

  private static final Logger LOG = System.getLogger("dormouse");

  /** Empty if it began otherwise. A note that cannot be read costs counters, nothing else. */
  public static Optional<Comeback> of(Path stateDir) {
    return Woken.of(System.getenv(), ProcessHandle.current().pid())
        .map(woken -> new Comeback(woken, note(NapNote.in(stateDir))));
  }

  private static NapNote note(Path file) {
    try {
      return NapNote.take(file);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "what was counted before the nap is lost: " + e);
      return new NapNote();
    }
  }

  /** What {@link #clock} reads. */
  public static Map<String, String> of(SteadyClock.Origin origin) {
    return Map.of(
        "time", origin.time().toString(), "nanos", Long.toString(origin.monotonicNanos()));
  }

  /** The same clock as before. */
  SteadyClock clock() {
    Map<String, String> texts = note.part(CLOCK);
    return texts.isEmpty()
        ? new SteadyClock()
        : SteadyClock.continuing(
            new SteadyClock.Origin(
                Instant.parse(texts.getOrDefault("time", "")),
                Long.parseLong(texts.getOrDefault("nanos", ""))));
  }

  /** How long it slept. */
  Duration slept(Instant now) {
    return Optional.ofNullable(note.part(NAPS).get("began"))
        .map(it -> Duration.between(Instant.parse(it), now))
        .orElse(Duration.ZERO);
  }

  /** Since when nothing had been needed, if anybody counted. */
  public Optional<Instant> lastNeeded() {
    return Optional.ofNullable(note.part(IDLE).get("since")).map(Instant::parse);
  }

  /** Whether somebody else keeps the sockets, too. */
  boolean outlived() {
    return Boolean.parseBoolean(note.part(SOCKETS).get(OUTLIVED));
  }

  /** The manifests that held. */
  public Map<Path, String> manifests() {
    Map<Path, String> all = new HashMap<>();
    note.part(MANIFESTS).forEach((file, text) -> all.put(Path.of(file), text));
    return all;
  }
}
