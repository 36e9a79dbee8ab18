package dev.dormouse.local.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.dormouse.core.ServiceId;
import dev.dormouse.local.process.OwnerMark;
import dev.dormouse.local.process.ProcFs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * What is called how in a state directory. The same for every run of Dormouse over one directory.
 *
 * @param dir absolute, without symbolic links
 */
public record StateFiles(Path dir) {
  private static final String DEFAULT = "default";
  private static final String OUTPUT = ".log";

  /** No part of a name: an underscore separates a namespace from it. */
  private static final char SEPARATOR = '_';

  /** Those below a state directory. */
  public static StateFiles of(Path stateDir) {
    try {
      return new StateFiles(stateDir.toRealPath());
    } catch (IOException e) {
      return new StateFiles(stateDir.toAbsolutePath().normalize());
    }
  }

  /** Where the output of a service goes. */
  public Path output(ServiceId id) {
    return dir.resolve(name(id) + OUTPUT);
  }

  /** Where its {@link SavedState} is kept. */
  public Path memory(ServiceId id) {
    return dir.resolve(name(id) + ".json");
  }

  /** How its processes are known. */
  public OwnerMark mark(ServiceId id) {
    return new OwnerMark(Launch.MARKER + "=" + markerValue(id), output(id));
  }

  /** The value of {@link Launch#MARKER} for a service. */
  public String markerValue(ServiceId id) {
    return id + "@" + place();
  }

  /** Whose marker this is; empty if it is of another state directory. */
  public Optional<ServiceId> ofMarker(String value) {
    int at = value.indexOf('@');
    int slash = value.indexOf('/');
    return slash > 0 && slash < at && value.substring(at + 1).equals(place())
        ? Optional.of(new ServiceId(value.substring(0, slash), value.substring(slash + 1, at)))
        : Optional.empty();
  }

  /** Whose process this is by its mark, if it is one of our own user. */
  public Optional<ServiceId> ofProcess(ProcFs proc, long pid) {
    return proc.environment(pid, Launch.MARKER)
        .flatMap(this::ofMarker)
        .or(() -> proc.outputs(pid).stream().flatMap(it -> ofOutput(it).stream()).findFirst())
        .filter(_ -> proc.isOurs(pid));
  }

  /** Whose output goes there. */
  public Optional<ServiceId> ofOutput(Path path) {
    String file = String.valueOf(path.getFileName());
    if (!dir.equals(path.getParent()) || !file.endsWith(OUTPUT)) {
      return Optional.empty();
    }
    String name = file.substring(0, file.length() - OUTPUT.length());
    int separator = name.indexOf(SEPARATOR);
    String namespace = separator < 0 ? DEFAULT : name.substring(0, separator);
    return Optional.of(new ServiceId(namespace, name.substring(separator + 1)));
  }

  private static String name(ServiceId id) {
    return id.namespace().equals(DEFAULT) ? id.name() : id.namespace() + SEPARATOR + id.name();
  }

  private String place() {
    return UUID.nameUUIDFromBytes(dir.toString().getBytes(UTF_8)).toString();
  }
}
