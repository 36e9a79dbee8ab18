package dev.dormouse.scaffold;

import java.util.List;

/**
 * What {@link Scaffold} makes of an app.
 *
 * @param manifest empty if nothing was found that could run
 * @param found what was seen, in the order of the kinds of files
 * @param open what a person has to decide or to look after
 */
public record Proposal(String manifest, List<Found> found, List<String> open) {}
