package dev.dormouse.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import org.junit.jupiter.api.io.TempDir;

/** The promises on one machine: {@code dormouse run} as it was built. */
class LocalPromisesIT extends PromiseSuite {
  @TempDir Path scratch;

  @Override
  Stage open() throws IOException {
    Path manifests = Files.createDirectory(scratch.resolve("manifests"));
    var idle = Manifest.greeting("idle", "nobody asks").with("port", 0);
    write(manifests, idle);
    return new OneMachine(
        manifests, new Machine(manifests, scratch.resolve("state"), "--region", Stage.REGION));
  }

  /** Whole or not at all: the file is read as soon as it changes. */
  private static void write(Path directory, Manifest manifest) {
    try {
      Path draft = Files.createTempFile(directory, ".", ".draft");
      Files.writeString(draft, manifest.resource().toString());
      Files.move(
          draft,
          directory.resolve(manifest.name() + ".yaml"),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A directory of manifests that a dormouse watches. One service always stays: none is a mistake.
   */
  private record OneMachine(Path manifests, Machine machine) implements Stage {
    @Override
    public void declare(Collection<Manifest> wanted) {
      wanted.forEach(it -> write(manifests, it.with("port", 0)));
      try (var files = Files.list(manifests)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString().replace(".yaml", "");
          if (!name.equals("idle") && wanted.stream().noneMatch(it -> it.name().equals(name))) {
            Files.delete(file);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public InetSocketAddress door() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), machine.port);
    }

    @Override
    public String host(String service) {
      return "cable.example";
    }

    @Override
    public JsonNode status(String service) {
      int found = machine.get(machine.adminPort, "/services/default/" + service).statusCode();
      return found == 200 ? machine.service(service) : MissingNode.getInstance();
    }

    @Override
    public int running(String service) {
      return status(service).path("processes").asInt();
    }

    @Override
    public void close() {
      machine.close();
    }
  }
}
