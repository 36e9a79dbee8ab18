package dev.dormouse.api.spec;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dormouse.api.schema.Problem;
import dev.dormouse.core.ServiceId;
import dev.dormouse.core.ServiceSpec;
import java.util.List;

/**
 * One valid service.
 *
 * @param line where its document starts
 * @param warnings what is allowed and perhaps not meant, in the form of {@link Problem#toString}
 * @param metadata as declared
 * @param effective the spec as declared, with this region's patch and an overridden {@code
 *     activation} merged, and no defaults filled in
 */
public record ValidService(
    ServiceId id,
    ServiceSpec spec,
    String file,
    int line,
    List<String> warnings,
    JsonNode metadata,
    JsonNode effective) {}
