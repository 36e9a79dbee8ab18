package dev.dormouse.e2e;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A service that greets its clients with a word, small enough for any runtime. */
record Manifest(String name, ObjectNode spec) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectMapper YAML = new YAMLMapper();
  private static final Path PROGRAM =
      Path.of(System.getProperty("dormouse.basedir"), "src/test/perl/visited.pl");

  /**
   * The image of the workload on a cluster: it needs {@code sh}, {@code sleep} and {@code perl}
   * with its core modules; the program is passed in as an argument.
   */
  static final String IMAGE =
      Optional.ofNullable(System.getProperty("cluster.workloadImage"))
          .filter(it -> !it.isEmpty())
          .orElse("perl:5-slim");

  /** One that greets with this word and sleeps a second after its last client has left. */
  static Manifest greeting(String name, String word) {
    return new Manifest(name, JSON.createObjectNode())
        .running(word, "0")
        .with("port", 8080)
        .with("path", "/" + name)
        .with("image", IMAGE)
        .with("template", "{spec: {securityContext: {runAsUser: 65532}}}")
        .with("idleTimeout", "1s")
        .with("minimumUptime", "0s")
        .with("shutdown", "{drain: 1s, gracePeriod: 2s}")
        .with("startup", "{timeout: 20s, hold: 20s}")
        .with("retry", "{initial: 300ms, max: 1s, breaker: {failures: 100, window: 60s}}");
  }

  /** The same with another program: what it says, and how many seconds it boots. */
  Manifest running(String word, String bootSeconds) {
    ObjectNode changed = spec.deepCopy();
    try {
      changed
          .putArray("command")
          .add("perl")
          .add("-e")
          .add(Files.readString(PROGRAM))
          .add(word)
          .add(bootSeconds);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Manifest(name, changed);
  }

  Manifest with(String field, int value) {
    ObjectNode changed = spec.deepCopy();
    changed.put(field, value);
    return new Manifest(name, changed);
  }

  /** The same with a field, given in YAML. */
  Manifest with(String field, String yaml) {
    ObjectNode changed = spec.deepCopy();
    try {
      changed.set(field, YAML.readTree(yaml));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Manifest(name, changed);
  }

  Manifest without(String field) {
    ObjectNode changed = spec.deepCopy();
    changed.remove(field);
    return new Manifest(name, changed);
  }

  /** The resource, in JSON, which is YAML. */
  ObjectNode resource() {
    ObjectNode resource = JSON.createObjectNode();
    resource.put("apiVersion", "dormouse.dev/v1alpha1").put("kind", "OnDemandService");
    resource.putObject("metadata").put("name", name);
    resource.set("spec", spec);
    return resource;
  }
}
