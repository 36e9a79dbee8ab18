package dev.dormouse.api;

import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.spec.ValidService;
import java.util.List;

/**
 * What a set of files declares.
 *
 * @param services those without a mistake, in the order of declaration
 * @param problems every mistake, in the order of files and lines
 * @param notes what was passed over, such as documents of another kind
 */
public record Manifests(List<ValidService> services, List<Problem> problems, List<String> notes) {}
