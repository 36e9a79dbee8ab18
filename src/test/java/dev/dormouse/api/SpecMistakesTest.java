package dev.dormouse.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SpecMistakesTest {
  private static final String WHERE = ": where the program listens, such as 28080";

  @TempDir Path directory;

  /** The line is added to a good spec as line 9 of its file. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          idleTimeout: 15 minutes     | spec.idleTimeout: must be a duration such as 15m, was "15 minutes"
          idleTimeout: 0s             | spec.idleTimeout: must be from 1ms to 99999h, was "0s"
          idleTimeout: 15             | spec.idleTimeout: must be a duration such as 15m in quotes, was 15
          idleTimeout: [15m]          | spec.idleTimeout: must be a duration such as 15m, was a list
          idleTimeout:                | spec.idleTimeout: has no value; give it one or remove it
          idleTimeout: 123456s        | spec.idleTimeout: must be a duration such as 15m, was "123456s"
          idleTimeout: 1h1m1s1ms1s    | spec.idleTimeout: must be a duration such as 15m, was "1h1m1s1ms1s"
          minimumUptime: -1s          | spec.minimumUptime: must be a duration such as 15m, was "-1s"
          idleTimeuot: 15m            | spec.idleTimeuot: is unknown; did you mean idleTimeout?
          Activation: Always          | spec.Activation: is unknown; did you mean activation?
          somethingElse: 1            | spec.somethingElse: is unknown
          "a.b": 1                    | spec["a.b"]: is unknown
          activation: always          | spec.activation: must be OnDemand or Always or Disabled, was "always"
          activation: true            | spec.activation: must be OnDemand or Always or Disabled in quotes, was true
          sleep: Frozen               | spec.sleep: must be Stop or Freeze or Doze, was "Frozen"
          port: 1                     | spec.port: is set twice
          args: now                   | spec.args: must be a list, was "now"
          args: [1]                   | spec.args[0]: must be a string without NUL in quotes, was 1
          args: ["\\0"]               | spec.args[0]: must be a string without NUL, was "?"
          args: [~]                   | spec.args[0]: has no value; give it one or remove it
          workingDir: 3               | spec.workingDir: must be a string without NUL in quotes, was 3
          image: a b                  | spec.image: must be an image without spaces, was "a b"
          resources: big              | spec.resources: must be a mapping, was "big"
          template: []                | spec.template: must be a mapping, was a list
          template: {spec: {containers: "no"}} | spec.template.spec.containers: must be a list, was "no"
          template: {spec: {containers: [web]}} | spec.template.spec.containers[0]: must be a mapping, was "web"
          template: {spec: {initContainers: {a: b}}} | spec.template.spec.initContainers: must be a list, was a mapping
          template: {spec: 7}         | spec.template.spec: must be a mapping, was 7
          template: {metadata: {labels: [a]}} | spec.template.metadata.labels: must be a mapping, was a list
          template: {spec: {securityContext: strict}} | spec.template.spec.securityContext: must be a mapping, was "strict"
          template: {spec: {containers: [{name: main, env: {A: b}}]}} | spec.template.spec.containers[0].env: must be a list, was a mapping
          template: {spec: {containers: [{name: main, ports: [80]}]}} | spec.template.spec.containers[0].ports[0]: must be a mapping, was 80
          template: {spec: {containers: [{name: main, lifecycle: x}]}} | spec.template.spec.containers[0].lifecycle: must be a mapping, was "x"
          template: {spec: {volumes: [v]}} | spec.template.spec.volumes[0]: must be a mapping, was "v"
          scaleTargetRef: {apiVersion: v1, kind: Deployment, name: x} | spec.scaleTargetRef.apiVersion: must be apps/v1, was "v1"
          scaleTargetRef: {apiVersion: apps/v1, kind: Pod, name: x} | spec.scaleTargetRef.kind: must be Deployment or StatefulSet, was "Pod"
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment} | spec.scaleTargetRef.name: is required
          env: [{name: A, value: 1}]  | spec.env[0].value: must be a string without NUL in quotes, was 1
          env: [{name: A=B, value: x}] | spec.env[0].name: must be the name of a variable, was "A=B"
          env: [{name: A}, {name: A}] | spec.env[1].name: is set twice, was "A"
          env: [{value: x}]           | spec.env[0].name: is required
          env: [{name: DORMOUSE_X}]   | spec.env[0].name: is reserved, was "DORMOUSE_X"
          env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}] | spec.env[0].valueFrom: is for Kubernetes only; give a value
          env: {A: x}                 | spec.env: must be a list, was a mapping
          routes: [{path: /other}]    | spec.routes: excludes path
          startup: 5s                 | spec.startup: must be a mapping, was "5s"
          startup: {hold: 31s}        | spec.startup.hold: must be at most startup.timeout, was "31s"
          startup: {maxWaiting: 0}    | spec.startup.maxWaiting: must be an integer from 1 to 10000, was 0
          startup: {maxWaiting: 10001} | spec.startup.maxWaiting: must be an integer from 1 to 10000, was 10001
          startup: {maxWaiting: "5"}  | spec.startup.maxWaiting: must be an integer from 1 to 10000, was "5"
          startup: {probe: {}}        | spec.startup.probe: must have either tcp or http
          startup: {probe: {tcp: {}, http: {path: /up}}} | spec.startup.probe: must have either tcp or http
          startup: {probe: {http: {}}} | spec.startup.probe.http.path: is required
          startup: {probe: {http: {path: up}}} | spec.startup.probe.http.path: must be a path that starts with /, was "up"
          startup: {probe: {exec: {}, tcp: {}}} | spec.startup.probe.exec: is unknown
          shutdown: {drain: 301s}     | spec.shutdown.drain: must be from 0s to 5m, was "301s"
          shutdown: {gracePeriod: 2h} | spec.shutdown.gracePeriod: must be from 0s to 1h, was "2h"
          retry: {initial: 5s, max: 4s} | spec.retry.max: must be at least retry.initial, was "4s"
          retry: {breaker: {failures: 0}} | spec.retry.breaker.failures: must be an integer from 1 to 1000, was 0
          keepalive: {interval: 999ms} | spec.keepalive.interval: must be from 1s to 99999h, was "999ms"
          keepalive: {failureThreshold: 1.5} | spec.keepalive.failureThreshold: must be an integer from 1 to 100, was 1.5
          access: {allowedOrigins: []} | spec.access.allowedOrigins: must not be empty; remove it to let any origin connect
          access: {allowedOrigins: [example.com]} | spec.access.allowedOrigins[0]: must be an origin such as https://example.com, was "example.com"
          access: {allowedOrigins: ["https://example.com/"]} | spec.access.allowedOrigins[0]: must be an origin such as https://example.com, was "https://example.com/"
          access: {trustedProxies: [10.0.0.0/33]} | spec.access.trustedProxies[0]: must be a network such as 10.0.0.0/8, was "10.0.0.0/33"
          access: {monitors: [{}]} | spec.access.monitors[0]: must have address or userAgent
          access: {monitors: [{address: here}]} | spec.access.monitors[0].address: must be a network such as 10.0.0.0/8, was "here"
          access: {monitors: [{userAgent: "*"}]} | spec.access.monitors[0].userAgent: must be a user agent such as UptimeRobot/* with a letter or digit, was "*"
          access: {trustedProxies: [proxy.local]} | spec.access.trustedProxies[0]: must be a network such as 10.0.0.0/8, was "proxy.local"
          access: {trustedProxies: [300.0.0.1]} | spec.access.trustedProxies[0]: must be a network such as 10.0.0.0/8, was "300.0.0.1"
          access: {maxConnections: 99999999999} | spec.access.maxConnections: must be an integer from 1 to 1000000, was 99999999999
          limits: {maxFrame: 1Ti}     | spec.limits.maxFrame: must be a size such as 1Mi, was "1Ti"
          limits: {maxFrame: 124}     | spec.limits.maxFrame: must be from 125 to 1Gi, was 124
          limits: {maxFrame: 2Gi}     | spec.limits.maxFrame: must be from 125 to 1Gi, was "2Gi"
          headers: {set: {"a b": x}}  | spec.headers.set["a b"]: must have the name of a header that is not part of the handshake
          headers: {set: {x-a: x, X-A: y}} | spec.headers.set.X-A: is set twice
          headers: {set: {x-a: x, X_A: y}} | spec.headers.set.X_A: is set twice
          headers: {set: {Content_Length: x}} | spec.headers.set.Content_Length: must have the name of a header that is not part of the handshake
          headers: {set: {x-a: "a\\r\\nb: c"}} | spec.headers.set.x-a: must be text without control characters, was "a??b: c"
          headers: {set: {x-a: $remote}} | spec.headers.set.x-a: must be text with no variables but $remote_addr, $scheme, $host, $region; $$ stands for $, was "$remote"
          headers: {set: {x-a: "$$host $hosts"}} | spec.headers.set.x-a: must be text with no variables but $remote_addr, $scheme, $host, $region; $$ stands for $, was "$$host $hosts"
          headers: {remove: [Sec-WebSocket-Key]} | spec.headers.remove[0]: must be the name of a header that is not part of the handshake, was "Sec-WebSocket-Key"
          dependsOn: [cable]          | spec.dependsOn[0]: must not lead back: cable -> cable
          dependsOn: [redis]          | spec.dependsOn[0]: names no service, was "redis"
          dependsOn: [Redis]          | spec.dependsOn[0]: must be a name such as my-cable, was "Redis"
          warm: [{}]                  | spec.warm[0]: must have either schedule and duration or from and until
          warm: [{schedule: "* * * * *", from: x}] | spec.warm[0]: must have either schedule and duration or from and until
          warm: [{schedule: "* * * * *"}] | spec.warm[0].duration: is required
          warm: [{schedule: "* * * *", duration: 1h}] | spec.warm[0].schedule: must be five fields of cron such as "30 18 * * FRI", was "* * * *"
          warm: [{schedule: "61 18 * * FRI", duration: 1h}] | spec.warm[0].schedule: is not a schedule (minutes: 61), was "61 18 * * FRI"
          warm: [{schedule: "1 18 * * FRY", duration: 1h}] | spec.warm[0].schedule: is not a schedule (DayOfWeek.FRY), was "1 18 * * FRY"
          warm: [{schedule: "0 12 31 2 *", duration: 1h}] | spec.warm[0].schedule: names no day that there is, was "0 12 31 2 *"
          warm: [{schedule: "* * * * *", duration: 1h, timeZone: Mars}] | spec.warm[0].timeZone: must be a zone such as Europe/Berlin, was "Mars"
          warm: [{from: 2026-12-05, until: "2026-12-06T00:00:00Z"}] | spec.warm[0].from: must be a time such as 2026-12-05T18:00:00Z, was "2026-12-05"
          warm: [{from: "2026-12-05T00:00:00Z", until: "2026-12-05T01:00:00+01:00"}] | spec.warm[0].until: must be after from, was "2026-12-05T01:00:00+01:00"
          fallback: {status: 302}     | spec.fallback.status: must be an integer from 400 to 599, was 302
          fallback: {script: "yes"}   | spec.fallback.script: must be true or false, was "yes"
          fallback: {retryAfter: soon} | spec.fallback.retryAfter: must be a duration such as 15m, was "soon"
          regions: {iad: 5}           | spec.regions.iad: must be a mapping, was 5
          regions: {"i d": {}}        | spec.regions["i d"]: must have the name of a region such as iad
          regions: {iad: {regions: {}}} | spec.regions.iad.regions: cannot stand inside a region
          regions: {iad: {servedBy: iad}} | spec.regions.iad.servedBy.region: must be another region, was "iad"
          regions: {iad: {servedBy: {region: lhr, upstream: lhr}}} | spec.regions.iad.servedBy.upstream: must be a URL such as http://iad.example.com (TLS is not spoken), was "lhr"
          regions: {iad: {servedBy: {region: lhr, upstream: "https://lhr"}}} | spec.regions.iad.servedBy.upstream: must be a URL such as http://iad.example.com (TLS is not spoken), was "https://lhr"
          regions: {iad: {servedBy: {region: lhr, upstream: "http://lhr:65536"}}} | spec.regions.iad.servedBy.upstream: must be a URL such as http://iad.example.com (TLS is not spoken), was "http://lhr:65536"
          servedBy: lhr               | spec.servedBy: belongs below spec.regions.<region>
          """)
  void aMistakeIsNamedWithItsLineFieldAndValue(String line, String problem) {
    assertThat(Reading.in(directory).problems(Reading.cable(line)))
        .containsExactly("cable.yaml:9: " + problem);
  }

  /** The only line of the spec besides command and port, as line 8 of its file. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          path: cable           | path
          path: ''              | path
          path: /a?b            | path
          path: /a/../b         | path
          path: /a/.            | path
          path: /{a}/{a}        | path
          path: /{a}b           | path
          path: /{1}            | path
          path: /%2             | path
          path: /a b            | path
          path: /a/*/b          | path
          path: /*a             | path
          path: /a/**           | path
          path: /{a}*           | path
          path: /a/%2e%2E/b     | path
          path: /%2e            | path
          routes: [{path: /a#}] | routes[0].path
          routes: [{path: /a, upstreamPath: b}] | routes[0].upstreamPath
          """)
  void aPathMustBeOne(String line, String field) {
    assertThat(problemsOf("command: [puma]", "port: 0", line.replace("''", "\"\"")))
        .singleElement()
        .asString()
        .startsWith("cable.yaml:8: spec." + field + ": must be a path such as /cable");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [{path: '/a/{b}', upstreamPath: '/{c}'}] | [0].upstreamPath: must be a path with no variables but those of path, was "/{c}"
          [{path: /a/*, upstreamPath: /b/*/c}] | [0].upstreamPath: must be a path such as /cable or /rooms/{name}, with * at its end only, was "/b/*/c"
          [{path: /a, upstreamPath: /b/*}]     | [0].upstreamPath: must be a path without * where path has none, was "/b/*"
          [{path: /a/*}, {path: '/{x}/b'}]     | [1]: cannot claim /{x}/b beside /a/*
          [{path: /%63able}, {path: /cable}]   | [1]: cannot claim /cable beside /%63able
          [{path: /a}, {path: /a}]                 | [1]: cannot claim /a beside /a
          [{path: /a/b}, {path: '/a/{x}'}]         | [1]: cannot claim /a/{x} beside /a/b
          [{path: '/{region}'}, {path: /iad}]      | [1]: cannot claim /iad beside /{region}
          [{path: /a}, {path: /a, host: A.example}] | [1]: cannot claim a.example/a beside /a
          [{path: /a, host: 'a:80'}]               | [0].host: must be a host name without port, was "a:80"
          [{host: a}]                              | [0].path: is required
          []                                       | : must not be empty
          """)
  void routesThatCannotBe(String routes, String problem) {
    assertThat(problemsOf("command: [puma]", "port: 0", "routes: " + routes.replace('\'', '"')))
        .containsExactly("cable.yaml:8: spec.routes" + problem);
  }

  @Test
  void everyMistakeOfADocumentIsListedInTheOrderOfLines() {
    assertThat(
            problemsOf(
                "image: [x]", "path: cable", "idleTimeout: 1 m", "fallback:", "  status: 99"))
        .containsExactly(
            "cable.yaml:5: spec.command: is required",
            "cable.yaml:5: spec.port: is required" + WHERE,
            "cable.yaml:6: spec.image: must be an image without spaces, was a list",
            "cable.yaml:7: spec.path: must be a path such as /cable or /rooms/{name}, with * at its"
                + " end only, was \"cable\"",
            "cable.yaml:8: spec.idleTimeout: must be a duration such as 15m, was \"1 m\"",
            "cable.yaml:10: spec.fallback.status: must be an integer from 400 to 599, was 99");
  }

  @Test
  void aCommandMustStartWithAProgram() {
    String problem = "cable.yaml:6: spec.command: must start with a program";
    assertThat(problemsOf("command: []", "port: 0", "path: /")).containsExactly(problem);
    assertThat(problemsOf("command: ['']", "port: 0", "path: /")).containsExactly(problem);
  }

  @Test
  void aScaleTargetNeedsACommandOnOneMachine() {
    String target = "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cable}";
    assertThat(problemsOf(target, "port: 1", "path: /"))
        .containsExactly("cable.yaml:5: spec.command: is required");
  }

  @Test
  void anAlwaysServiceNeedsAPortOnlyIfSomethingDialsIt() {
    assertThat(problemsOf("command: [redis]", "activation: Always")).isEmpty();
    assertThat(problemsOf("command: [redis]", "activation: Always", "path: /a"))
        .containsExactly("cable.yaml:5: spec.port: is required" + WHERE);
    assertThat(problemsOf("command: [redis]", "activation: Always", "startup: {probe: {tcp: {}}}"))
        .containsExactly("cable.yaml:5: spec.port: is required" + WHERE);
  }

  @Test
  void aVersionThatIsNotKnownIsRefused() {
    assertThat(Reading.in(directory).problems(Reading.cable().replace("v1alpha1", "v1")))
        .containsExactly(
            "cable.yaml:1: apiVersion: must be dormouse.dev/v1alpha1, was \"dormouse.dev/v1\"");
  }

  @Test
  void aNameMustBeALabel() {
    assertThat(Reading.in(directory).problems(Reading.cable().replace("name: cable", "name: 1a")))
        .containsExactly(
            "cable.yaml:4: metadata.name: must be a name such as my-cable, was \"1a\"");
    assertThat(Reading.in(directory).problems(Reading.cable().replace("name: cable", "nmae: a")))
        .containsExactly(
            "cable.yaml:3: metadata.name: is required",
            "cable.yaml:4: metadata.nmae: is unknown; did you mean name?");
  }

  private List<String> problemsOf(String... lines) {
    return Reading.in(directory).problems(Reading.service("cable", lines));
  }
}
