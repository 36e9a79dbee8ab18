package dev.dormouse.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.schema.Source;
import dev.dormouse.api.spec.DocumentReader;
import dev.dormouse.api.spec.DocumentReader.Draft;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import dev.dormouse.core.ServiceId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads services that come as objects and not from files, each by itself: what they are to each
 * other is not looked at. Thread-safe.
 */
public final class ResourceReader {
  private final DocumentReader reader;

  /** A reader of what objects mean in this context. */
  public ResourceReader(ReaderContext context) {
    this.reader = new DocumentReader(context, Optional.empty());
  }

  /** What an object turns out to be. */
  public sealed interface Outcome {
    /** Free of mistakes. */
    record Valid(ValidService service) implements Outcome {}

    /** The mistakes have neither file nor line. */
    record Invalid(ServiceId id, List<Problem> problems) implements Outcome {}
  }

  /** Reads one object: {@code apiVersion}, {@code kind}, {@code metadata} and {@code spec}. */
  public Outcome read(JsonNode resource) {
    Draft draft = reader.read(new Source("", 0, resource, Map.of()));
    return draft.valid()
        ? new Outcome.Valid(draft.declared())
        : new Outcome.Invalid(draft.id(), List.copyOf(draft.source().problems()));
  }
}
