package dev.dormouse.cli;

import dev.dormouse.api.LastGood;
import dev.dormouse.api.ManifestReader;
import dev.dormouse.api.Manifests;
import dev.dormouse.api.spec.ReaderContext;
import dev.dormouse.cli.rest.Comeback;
import dev.dormouse.cli.rest.IdleShutdown;
import dev.dormouse.cli.rest.NapHandover;
import dev.dormouse.control.LogRateLimiter;
import dev.dormouse.local.freeze.FileWatch;
import dev.dormouse.logging.LogSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dormouse run}: serves the services of one machine until it is told to stop. */
@Command(
    name = "run",
    description = {
      "Serves on one machine: workloads are local processes.",
      "A mistake in a manifest is refused at the start. Later, changed files are applied at once:"
          + " what changed is drained and replaced, the rest keeps its processes and sockets. A"
          + " file with a mistake counts as it was before. TERM or INT drain and stop everything."
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  DORMOUSE_REGION, FLY_REGION    where this copy runs, unless --region says it",
      "  DORMOUSE_ACTIVATION_<NAME>     OnDemand, Always or Disabled, for the activation",
      "                                 of a service; my-cable is MY_CABLE",
      "  DORMOUSE_ADMIN_TOKEN           what a change from elsewhere must show",
      "  DORMOUSE_JAVA_HOME             the Java runtime to use",
      "  DORMOUSE_JAVA_OPTS             further options for it",
      "  XDG_STATE_HOME                 the user's state home, else ~/.local/state",
      "",
      "Examples:",
      "  dormouse run -f cable.yaml",
      "  dormouse run -f /etc/dormouse --listen 127.0.0.1:28080 --region iad"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it was told to stop and did, or --exit-when-idle ended it",
      "1:a manifest is wrong, it could not start, or not everything stopped in time",
      "2:the command line is wrong"
    },
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  /** What {@link #plain} understands. */
  static final Set<String> PLAIN =
      Set.of(
          "-f",
          "--file",
          "--listen",
          "--admin",
          "--region",
          "--state-dir",
          "--admin-token-file",
          "--log-format",
          "--allow-upstream",
          "--proxy-protocol",
          "--exit-when-idle",
          "--when-idle",
          "--nap");

  @Mixin private ManifestOptions manifests = new ManifestOptions();

  @Mixin private ListenOptions at = new ListenOptions();

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description = "Output and state of workloads (default: dormouse in the user's state home).")
  private Optional<Path> stateDir = Optional.empty();

  @Mixin private UpstreamOptions upstreams = new UpstreamOptions();
  @Mixin private ProxyOptions proxies = new ProxyOptions();
  @Mixin private AdminToken adminToken = new AdminToken();
  @Mixin private IdleOptions idle = new IdleOptions();
  @Mixin private NapOptions nap = new NapOptions();

  /** The same command without picocli, if its arguments are plain enough and free of mistakes. */
  static Optional<RunCommand> plain(List<String> arguments) {
    return PlainArguments.of(arguments, PLAIN)
        .filter(given -> given.get("-f").isPresent() != given.get("--file").isPresent())
        .flatMap(RunCommand::plain);
  }

  private static Optional<RunCommand> plain(PlainArguments given) {
    var run = new RunCommand();
    try {
      run.at = new ListenOptions(given::get);
      run.idle = new IdleOptions(given::get);
      run.upstreams = new UpstreamOptions(given::get);
      run.proxies = new ProxyOptions(given::get);
      run.nap = new NapOptions(given::get);
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
    run.stateDir = given.get("--state-dir").map(Path::of);
    run.adminToken = new AdminToken(given.get("--admin-token-file").map(Path::of));
    Path file = Path.of(given.get("-f").or(() -> given.get("--file")).orElseThrow());
    run.manifests = new ManifestOptions(List.of(file), given.get("--region"));
    return Optional.of(run);
  }

  @Override
  public Integer call() throws UserError, IOException, InterruptedException {
    LogRateLimiter log = LogSetup.install(at.logFormat());
    Optional<IdleShutdown.Plan> whenIdle = idle.plan();
    Optional<MachinesApi> machines =
        idle.suspends() ? Optional.of(MachinesApi.of(System.getenv())) : Optional.empty();
    Optional<Duration> calm = nap.calm();
    Path state = stateDir.isPresent() ? stateDir.get() : StateHome.resolve();
    Optional<Comeback> comeback = Comeback.of(state);
    ReaderContext context = manifests.context();
    LastGood files = files(context, comeback);
    Manifests read = files.refresh().orElseThrow();
    if (!read.problems().isEmpty() && comeback.isEmpty()) {
      throw new UserError(read.problems());
    }
    IdleOptions.check(whenIdle, read.services());
    Reloader.warn(adminToken.warnings());
    Reloader.tell(context, read);
    var settings =
        new SingleMachine.Settings(
            at.listen(),
            at.admin(),
            context.region(),
            state,
            Map.of(),
            adminToken.read(),
            upstreams.allowed(),
            proxies.networks(),
            log);
    var napping = new NapHandover(calm, comeback, files::good, manifests.files());
    SingleMachine machine = SingleMachine.start(settings, read.services(), napping);
    if (comeback.filter(it -> it.woken().shallEnd()).isPresent()) {
      Runtime.getRuntime().exit(0);
    }
    whenIdle.ifPresent(it -> machine.endWhenIdle(it, machines));
    try (FileWatch watch = FileWatch.of(manifests.files())) {
      new Reloader(files, machine, read.problems()).run(watch);
    }
    return 0;
  }

  /** What was good before a nap still is. */
  private LastGood files(ReaderContext context, Optional<Comeback> comeback) throws UserError {
    var reader = new ManifestReader(context);
    return new LastGood(
        reader, manifests.files(), comeback.map(Comeback::manifests).orElse(Map.of()));
  }
}
