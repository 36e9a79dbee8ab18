package dev.dormouse.api;

import dev.dormouse.api.schema.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What files held at one moment.
 *
 * @param given the files and directories that were asked for
 * @param texts in the order in which they are read
 * @param problems of files that could not be read, and of directories without any
 */
record Loaded(List<Path> given, Map<Path, String> texts, List<Problem> problems) {}
