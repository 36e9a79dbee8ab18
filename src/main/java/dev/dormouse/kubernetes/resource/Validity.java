package dev.dormouse.kubernetes.resource;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import java.util.Optional;

/** What one object comes to, among all others. */
public sealed interface Validity {
  /** It is to be served. */
  record Sound(Entry entry) implements Validity {}

  /**
   * It has a mistake.
   *
   * @param instead what it goes on as: how it was before its mistake, if that is remembered, or the
   *     same without what it cannot have
   */
  record Broken(Reason reason, String message, Optional<Entry> instead) implements Validity {}

  /** There is no such object. */
  record Missing() implements Validity {}

  /** The kinds of mistakes. */
  enum Reason {
    /** The spec, as merged for this region. */
    INVALID_SPEC("InvalidSpec"),
    /** Another service, or another namespace, was first to claim one of its routes. */
    ROUTE_CONFLICT("RouteConflict"),
    /** It declares a host that it may not claim, whoever else does. */
    HOST_NOT_ALLOWED("HostNotAllowed");

    private final String word;

    Reason(String word) {
      this.word = word;
    }

    /** As it stands in conditions and events. */
    public String word() {
      return word;
    }
  }

  /**
   * One valid object.
   *
   * @param spec with hosts for all routes
   * @param effective the spec as declared, with this region's patch merged
   */
  record Entry(ServiceId id, String uid, long generation, ServiceSpec spec, JsonNode effective) {
    /** Whether clients can come at all: what has no route is there for others to depend on. */
    public boolean routed() {
      return effective.has("path") || effective.has("routes");
    }

    /** The same for nobody: what runs may go on and end, and nobody comes. */
    Entry withoutNeighbours() {
      return new Entry(id, uid, generation, spec.isolated(), effective);
    }
  }

  /** What it runs by. */
  default Optional<Entry> effective() {
    return switch (this) {
      case Sound(Entry entry) -> Optional.of(entry);
      case Broken broken -> broken.instead();
      case Missing _ -> Optional.empty();
    };
  }
}
