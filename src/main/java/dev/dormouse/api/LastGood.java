package dev.dormouse.api;

import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.spec.ValidService;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Manifests that are read again and again. A file with a mistake counts as it was when the whole
 * had none, and so does a deleted one that others still need: a mistake takes nothing away. Not
 * thread-safe.
 */
public final class LastGood {
  private final ManifestReader reader;
  private final List<Path> given;
  private Optional<Loaded> seen = Optional.empty();
  private volatile Map<Path, String> good;

  /** Reads nothing yet. */
  public LastGood(ManifestReader reader, List<Path> filesOrDirectories) {
    this(reader, filesOrDirectories, Map.of());
  }

  /** The same, which knows what was good before. */
  public LastGood(ManifestReader reader, List<Path> filesOrDirectories, Map<Path, String> good) {
    this.reader = reader;
    this.given = List.copyOf(filesOrDirectories);
    this.good = good;
  }

  /** The texts that hold, by file. */
  public Map<Path, String> good() {
    return good;
  }

  /**
   * Reads the files.
   *
   * @return the services that hold now, with the mistakes as the files are now; empty if no file
   *     has changed since the last call
   */
  public Optional<Manifests> refresh() {
    Loaded now = reader.load(given);
    if (seen.filter(now::equals).isPresent()) {
      return Optional.empty();
    }
    seen = Optional.of(now);
    Manifests read = reader.read(now);
    if (read.problems().isEmpty()) {
      good = now.texts();
    } else if (!good.isEmpty()) {
      List<ValidService> kept = keep(now.texts(), read.problems());
      return Optional.of(new Manifests(kept, read.problems(), read.notes()));
    }
    return Optional.of(read);
  }

  private List<ValidService> keep(Map<Path, String> now, List<Problem> mistakes) {
    Map<Path, String> texts = new LinkedHashMap<>(now);
    List<Problem> problems = mistakes;
    Manifests read;
    do {
      boolean reverted = false;
      for (Problem problem : problems) {
        reverted |= revert(Path.of(problem.file()), texts);
      }
      boolean restored = !reverted && restoreDeleted(texts);
      if (!reverted && !restored) {
        texts = good;
      }
      read = reader.read(new Loaded(given, texts, List.of()));
      problems = read.problems();
    } while (!problems.isEmpty() && !texts.equals(good));
    good = texts;
    return read.services();
  }

  /** False if the file is as it was. */
  private boolean revert(Path file, Map<Path, String> texts) {
    Optional<String> before = Optional.ofNullable(good.get(file));
    Optional<String> now = Optional.ofNullable(texts.get(file));
    before.ifPresentOrElse(text -> texts.put(file, text), () -> texts.remove(file));
    return !before.equals(now);
  }

  private boolean restoreDeleted(Map<Path, String> texts) {
    int present = texts.size();
    good.forEach(texts::putIfAbsent);
    return texts.size() > present;
  }
}
