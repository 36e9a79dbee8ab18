package dev.dormouse.navigator;

import java.util.List;

/**
 * What came of a file of Navigator's.
 *
 * @param services how many were taken over
 * @param manifests of these, with comments on what was decided
 * @param notes what was left out or stays with Navigator, each with file and line
 */
public record Imported(int services, String manifests, List<String> notes) {}
