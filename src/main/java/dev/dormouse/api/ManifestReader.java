package dev.dormouse.api;

import dev.dormouse.api.schema.Field;
import dev.dormouse.api.schema.Problem;
import dev.dormouse.api.schema.Source;
import dev.dormouse.api.schema.Syntax;
import dev.dormouse.api.schema.YamlTree;
import dev.dormouse.api.spec.DocumentReader;
import dev.dormouse.api.spec.DocumentReader.Draft;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ReaderContext.Platform;
import dev.dormouse.api.spec.ValidService;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads manifests from files. Mistakes are results; nothing is thrown. Thread-safe. */
public final class ManifestReader {
  private static final int MAX_BYTES = 1 << 20;

  /** So many mistakes of a file are told. */
  private static final int MAX_PROBLEMS = 100;

  private final ReaderContext context;

  /** A reader for where the services are to run. */
  public ManifestReader(ReaderContext context) {
    this.context = context;
  }

  /**
   * Reads files, and of directories the files {@code *.yaml} and {@code *.yml}, sorted by name. A
   * file that is reached twice is read once.
   */
  public Manifests read(List<Path> filesOrDirectories) {
    return read(load(filesOrDirectories));
  }

  /** Reads a manifest that is in no file yet; {@code name} says where it would be. */
  public Manifests read(Path name, String text) {
    return read(new Loaded(List.of(name), Map.of(name, text), List.of()));
  }

  /** Whether a file of this name is read if its directory is. */
  public static boolean isManifest(Path name) {
    return name.toString().matches("[^.].*\\.ya?ml");
  }

  Loaded load(List<Path> filesOrDirectories) {
    return new Loading().load(filesOrDirectories);
  }

  Manifests read(Loaded loaded) {
    return new Reading().read(loaded);
  }

  /** One look at the files. */
  private static final class Loading {
    private final Map<Path, String> texts = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    Loaded load(List<Path> filesOrDirectories) {
      Map<Path, Path> files = new LinkedHashMap<>();
      for (Path path : filesOrDirectories) {
        files(path).forEach(it -> files.putIfAbsent(it.toAbsolutePath().normalize(), it));
      }
      files.values().forEach(this::load);
      return new Loaded(filesOrDirectories, texts, problems);
    }

    private List<Path> files(Path path) {
      if (!Files.isDirectory(path)) {
        return List.of(path);
      }
      try (Stream<Path> entries = Files.list(path)) {
        List<Path> files = entries.filter(it -> isManifest(it.getFileName())).sorted().toList();
        if (files.isEmpty()) {
          problem(path.toString(), "no .yaml or .yml file in this directory");
        }
        return files;
      } catch (IOException e) {
        problem(path.toString(), "cannot be read: " + e);
        return List.of();
      }
    }

    private void load(Path path) {
      String file = path.toString();
      try (InputStream in = Files.newInputStream(path)) {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
          problem(file, "larger than " + MAX_BYTES + " bytes");
          return;
        }
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        texts.put(path, text.startsWith("\ufeff") ? text.substring(1) : text);
      } catch (CharacterCodingException e) {
        problem(file, "not UTF-8");
      } catch (NoSuchFileException e) {
        problem(file, "no such file or directory");
      } catch (AccessDeniedException e) {
        problem(file, "permission denied");
      } catch (IOException e) {
        problem(file, "cannot be read: " + e.getMessage());
      }
    }

    private void problem(String file, String message) {
      problems.add(new Problem(file, 0, "", message));
    }
  }

  /** One reading of what was loaded. */
  private final class Reading {
    private final List<Problem> problems = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<Draft> drafts = new ArrayList<>();

    Manifests read(Loaded loaded) {
      problems.addAll(loaded.problems());
      loaded.texts().forEach(this::readText);
      if (drafts.isEmpty() && problems.isEmpty()) {
        String where = String.join(", ", loaded.given().stream().map(Path::toString).toList());
        problems.add(new Problem(where, 0, "", "no OnDemandService found"));
      }
      List<ValidService> services =
          new Claims(context, drafts).settle().stream().map(Draft::declared).toList();
      drafts.forEach(it -> problems.addAll(it.source().problems()));
      List<String> order =
          Stream.concat(loaded.given().stream(), loaded.texts().keySet().stream())
              .map(Path::toString)
              .toList();
      // Not by Comparator.comparing: its lambdas are serializable, and made at run time.
      problems.sort((a, b) -> Integer.compare(a.line(), b.line()));
      problems.sort((a, b) -> Integer.compare(order.indexOf(a.file()), order.indexOf(b.file())));
      return new Manifests(services, told(), List.copyOf(notes));
    }

    /** A file of garbage must not fill the log. */
    private List<Problem> told() {
      List<Problem> told = new ArrayList<>();
      Map<String, Integer> counts = new LinkedHashMap<>();
      for (Problem problem : problems) {
        if (counts.merge(problem.file(), 1, Integer::sum) <= MAX_PROBLEMS) {
          told.add(problem);
        }
      }
      counts.forEach(
          (file, count) -> {
            if (count > MAX_PROBLEMS) {
              told.add(new Problem(file, 0, "", "and " + (count - MAX_PROBLEMS) + " more"));
            }
          });
      return List.copyOf(told);
    }

    private void readText(Path path, String text) {
      Optional<Path> directory =
          Optional.ofNullable(path.toAbsolutePath().getParent())
              .filter(_ -> context.platform() == Platform.MACHINE);
      DocumentReader reader = new DocumentReader(context, directory);
      YamlTree.read(path.toString(), text).forEach(it -> readDocument(reader, it));
    }

    private void readDocument(DocumentReader reader, Source document) {
      Field root = document.field();
      Field kind = root.at("kind");
      String text = kind.node().asText();
      boolean ours = root.at("apiVersion").node().asText().startsWith("dormouse.dev/");
      if (Syntax.KIND.matches(text)) {
        drafts.add(reader.read(document));
      } else if (root.node().isMissingNode()) {
        problems.addAll(document.problems());
      } else if (!root.node().isObject()) {
        root.expected("a mapping with apiVersion, kind, metadata and spec");
        problems.addAll(document.problems());
      } else if (ours || text.isEmpty()) {
        kind.required().text();
        problems.addAll(document.problems());
      } else {
        notes.add(
            document.file()
                + ":"
                + document.line()
                + ": kind "
                + kind.shown().replace("\"", "")
                + " is ignored");
      }
    }
  }
}
