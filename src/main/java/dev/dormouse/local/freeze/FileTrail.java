package dev.dormouse.local.freeze;

import dev.dormouse.api.ManifestReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The directory entries on which it depends what some paths lead to: the paths themselves, the
 * links on their way, the manifests in directories, and of what is missing the first step.
 *
 * @param entries by the real path of their directory
 * @param manifests directories of which every manifest counts
 */
record FileTrail(Map<Path, Set<Path>> entries, Set<Path> manifests) {
  /** As in the kernel (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  static FileTrail of(List<Path> paths) {
    var trail = new FileTrail(new HashMap<>(), new HashSet<>());
    paths.forEach(path -> trail.follow(path.toAbsolutePath(), true));
    return trail;
  }

  Set<Path> directories() {
    Set<Path> all = new HashSet<>(entries.keySet());
    all.addAll(manifests);
    return all;
  }

  /**
   * The files, and the directories in which one may be put or a link turned: less than {@link
   * #directories}, whose other entries change all the time.
   */
  Set<Path> watchable() {
    Set<Path> all = new HashSet<>(manifests);
    entries.forEach(
        (directory, names) -> {
          for (Path name : names) {
            Path entry = directory.resolve(name);
            boolean plain = Files.exists(entry) && !Files.isSymbolicLink(entry);
            all.add(plain ? entry : directory);
          }
        });
    all.removeIf(it -> !Files.exists(it));
    return all;
  }

  boolean concerns(Path directory, Path name) {
    return entries.getOrDefault(directory, Set.of()).contains(name)
        || (manifests.contains(directory) && ManifestReader.isManifest(name));
  }

  private void follow(Path path, boolean intoDirectory) {
    Path at = path.getRoot();
    Deque<Path> steps = new ArrayDeque<>();
    path.forEach(steps::add);
    int links = 0;
    while (!steps.isEmpty()) {
      Path entry = at.resolve(steps.remove()).normalize();
      if (Files.isSymbolicLink(entry) && links++ < MAX_LINKS) {
        add(entry);
        at = at.getRoot();
        prepend(target(entry), steps);
      } else if (Files.exists(entry)) {
        at = entry;
      } else {
        add(entry);
        return;
      }
    }
    add(at);
    if (intoDirectory && Files.isDirectory(at)) {
      manifests.add(at);
      linkedManifests(at).forEach(it -> follow(it, false));
    }
  }

  private void add(Path entry) {
    if (entry.getParent() != null) {
      entries.computeIfAbsent(entry.getParent(), _ -> new HashSet<>()).add(entry.getFileName());
    }
  }

  /** Where a link leads; to itself if it has just gone. */
  private static Path target(Path link) {
    try {
      return link.resolveSibling(Files.readSymbolicLink(link));
    } catch (IOException e) {
      return link;
    }
  }

  private static void prepend(Path path, Deque<Path> steps) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      steps.addFirst(path.getName(i));
    }
  }

  private static List<Path> linkedManifests(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(it -> ManifestReader.isManifest(it.getFileName()) && Files.isSymbolicLink(it))
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
