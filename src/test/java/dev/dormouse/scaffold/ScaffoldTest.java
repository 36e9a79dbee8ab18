package dev.dormouse.scaffold;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.Manifests;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.api.spec.ValidService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScaffoldTest {
  /** The files of an app, one after the other, each behind a line that names it. */
  private static Folder app(String name) {
    String file = "src/test/resources/dev/dormouse/scaffold/" + name + ".txt";
    try {
      String text = Files.readString(Path.of(file));
      return new Folder(
          Arrays.stream(text.split("(?m)^==> "))
              .skip(1)
              .map(it -> it.split(" <==\n", 2))
              .collect(Collectors.toMap(it -> it[0], it -> it[1])));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rails-new", "showcase", "procfile", "node-ws", "socket-io", "compose", "fly"})
  void whatIsProposedIsValidAndItsCommentsAreTrue(String name) {
    Folder folder = app(name);
    Proposal proposal = Scaffold.of(folder);
    assertThat(service(proposal)).isPresent();
    assertThat(proposal.found()).isNotEmpty();
    for (Found found : proposal.found()) {
      assertThat(proposal.manifest()).contains("#   " + found + "\n");
      assertThat(requireNonNull(folder.files().get(found.file())).lines().count())
          .isGreaterThanOrEqualTo(found.line());
    }
    proposal.open().forEach(it -> assertThat(proposal.manifest()).contains("# - " + it + "\n"));
  }

  @Test
  void aRailsAppWithItsCableMountedBootsWholeAndSaysSo() {
    Proposal proposal = Scaffold.of(app("rails-new"));
    assertThat(proposal.found().toString())
        .contains("Gemfile:6: gem \"rails\"", "config/cable.yml:8: production: adapter redis");
    assertThat(declared(proposal).spec().program().command())
        .containsExactly(
            "bundle", "exec", "puma", "-w", "0", "-b", "tcp://$(HOST):$(PORT)", "config.ru");
    assertThat(proposal.manifest()).contains("path: /cable\n");
    assertThat(proposal.open())
        .anyMatch(it -> it.startsWith("path: /cable is Rails' default"))
        .anyMatch(it -> it.startsWith("command: this boots the whole app"))
        .anyMatch(it -> it.startsWith("dependsOn: its Redis"));
  }

  @Test
  void aStandaloneCableIsPreferredWithItsPathAndOrigins() {
    Proposal proposal = Scaffold.of(app("showcase"));
    assertThat(declared(proposal).spec().program().command()).endsWith("cable/config.ru");
    assertThat(proposal.manifest())
        .contains("path: /live/cable\n")
        .contains("\"https://showcase.example.com\"");
    assertThat(proposal.open())
        .noneMatch(it -> it.startsWith("path:") || it.startsWith("access:"))
        .anyMatch(it -> it.contains("adapter async stays within one process"))
        .anyMatch(it -> it.startsWith("fly.toml: a health check"));
  }

  @Test
  void aProcessWhoseNameSaysSoIsRunByAShellOnOurPort() {
    Proposal proposal = Scaffold.of(app("procfile"));
    assertThat(declared(proposal).id().name()).isEqualTo("websocket");
    assertThat(declared(proposal).spec().program().command())
        .containsExactly("sh", "-c", "exec python -m chat --port $PORT --tag $$(hostname)");
    assertThat(proposal.open()).anyMatch(it -> it.startsWith("path: / stands for"));
  }

  @Test
  void aNodeProgramListensWhereItsSourceSays() {
    Proposal proposal = Scaffold.of(app("node-ws"));
    assertThat(declared(proposal).spec().program().command()).containsExactly("node", "server.js");
    assertThat(proposal.manifest()).contains("port: 0\n").contains("path: /scores\n");
    Proposal fixed = Scaffold.of(app("socket-io"));
    assertThat(fixed.manifest()).contains("port: 3001\n").contains("path: /socket.io/\n");
    assertThat(fixed.open())
        .anyMatch(it -> it.contains("transports: [\"websocket\"]"))
        .anyMatch(it -> it.startsWith("port: it listens on a number of its own"));
  }

  @Test
  void navigatorsConfigurationIsImported() throws IOException {
    String text = Files.readString(Path.of("src/test/resources/dev/dormouse/navigator/seed.yml"));
    Proposal proposal = Scaffold.of(new Folder(Map.of("config/navigator.yml", text)));
    assertThat(service(proposal)).isPresent();
    assertThat(proposal.manifest()).contains("by dormouse import");
  }

  @Test
  void composeServicesAndFlyProcessesAreReadByTheirNames() {
    assertThat(declared(Scaffold.of(app("compose"))).spec().program().command())
        .containsExactly("sh", "-c", "exec node chat.js 'two words'");
    Proposal fly = Scaffold.of(app("fly"));
    assertThat(declared(fly).id().name()).isEqualTo("cable");
    assertThat(fly.open()).anyMatch(it -> it.contains("https://scores.fly.dev"));
  }

  @Test
  void whereNothingServesSocketsNothingIsMadeUp() {
    assertThat(Scaffold.of(new Folder(Map.of())).manifest()).isEmpty();
    var web = Map.of("Procfile", "web: bundle exec rails s\n", "Gemfile", "gem \"sinatra\"\n");
    assertThat(Scaffold.of(new Folder(web)).manifest()).isEmpty();
    String client = "{\"dependencies\": {\"@microsoft/signalr\": \"8\"}, \"main\": \"x.js\"}";
    Proposal signalr = Scaffold.of(new Folder(Map.of("package.json", client)));
    assertThat(signalr.manifest()).isEmpty();
    assertThat(signalr.open()).first().asString().contains("its hub is an ASP.NET program");
  }

  @Test
  void whatCannotBeReadIsNamedAndDoesNotStopTheRest() {
    var files = new TreeMap<>(app("showcase").files());
    files.put("fly.toml", "app = \n");
    files.put("compose.yaml", "a: [\n");
    files.put("package.json", "{");
    Proposal proposal = Scaffold.of(new Folder(files));
    assertThat(service(proposal)).isPresent();
    assertThat(proposal.found().toString()).contains("fly.toml:1: cannot be read");
  }

  private static ValidService declared(Proposal proposal) {
    return service(proposal).orElseThrow();
  }

  private static Optional<ValidService> service(Proposal proposal) {
    Manifests read =
        new ManifestReader(ReaderContext.machine(Optional.empty()))
            .read(Path.of("dormouse.yaml"), proposal.manifest());
    assertThat(read.problems()).isEmpty();
    return read.services().stream().filter(it -> !it.spec().routes().isEmpty()).findFirst();
  }
}
