package dev.dormouse.scaffold;

import java.util.List;
import java.util.Optional;

/**
 * A program that serves WebSockets, as far as it is known.
 *
 * @param port 0 if it listens wherever it is told
 * @param path empty if nothing says it
 * @param origins those that it allows itself
 * @param open what a person has to decide or to look after, a sentence each
 */
record FoundServer(
    String name,
    List<String> command,
    int port,
    Optional<String> path,
    List<String> origins,
    List<String> open) {}
