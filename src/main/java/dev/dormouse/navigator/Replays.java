package dev.dormouse.navigator;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Takes {@code routes.fly.replay} over where that can be: a route that sends all clients of a
 * service to one region makes it served by that region.
 */
record Replays(Node replays, Notes notes, Optional<String> region) {
  void read(Collection<Draft> drafts) {
    for (Node replay : replays.items()) {
      Optional<String> target = replay.at("region").text();
      Set<String> sent =
          PathPattern.read(replay.at("path").json().asText(), region).paths().stream()
              .map(PathPattern.Path::text)
              .collect(Collectors.toSet());
      List<Draft> served =
          drafts.stream()
              .filter(it -> !it.routes.isEmpty() && sent.containsAll(clientPaths(it)))
              .toList();
      if (target.isEmpty() || served.isEmpty()) {
        notes.add(replay, "stays with Navigator: " + why(target));
      }
      served.forEach(it -> target.ifPresent(to -> serve(replay, it, to)));
    }
  }

  private static String why(Optional<String> target) {
    return target.isEmpty()
        ? "an app or machine is no region"
        : "it is about more than the clients of one service";
  }

  private void serve(Node replay, Draft draft, String target) {
    Set<String> others =
        replays.items().stream()
            .flatMap(it -> it.at("region").text().stream())
            .filter(it -> !it.equals(target))
            .collect(Collectors.toSet());
    region.filter(it -> !it.equals(target)).ifPresent(others::add);
    if (others.isEmpty()) {
      notes.add(replay, "which regions " + target + " serves is not said; give --region");
      return;
    }
    others.stream().sorted().forEach(it -> draft.servedBy.putIfAbsent(it, target));
    draft.comment(
        replay,
        "region "
            + target
            + " serves the others: fly-replay, if Dormouse and not Navigator answers");
  }

  private static Set<String> clientPaths(Draft draft) {
    return draft.routes.keySet();
  }
}
