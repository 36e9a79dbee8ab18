package dev.dormouse.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dormouse operator}: decides on a cluster until it is told to stop. */
@Command(
    name = "operator",
    description = {
      "Looks after the services of a cluster: their Deployments, Services and EndpointSlices.",
      "Any number may run; one of them leads. What runs in the cluster goes on when it ends."
    },
    exitCodeList = {
      "0:it was told to stop and did",
      "1:it could not start, or lost the leadership: it is to be started again",
      "2:the command line is wrong"
    })
final class OperatorCommand implements Callable<Integer> {
  @Mixin private InCluster cluster = new InCluster();

  @Option(
      names = "--activators",
      defaultValue = "app.kubernetes.io/name=dormouse,app.kubernetes.io/component=activator",
      paramLabel = "SELECTOR",
      description = "The activators' pods in our own namespace (default: ${DEFAULT-VALUE}).")
  private String activators = "";

  @Option(
      names = "--activator-port",
      defaultValue = "8080",
      paramLabel = "PORT",
      description = "Where they listen (default: ${DEFAULT-VALUE}).")
  private int activatorPort = 8080;

  @Override
  public Integer call() throws UserError, InterruptedException {
    return OperatorProcess.run(cluster, cluster.openLog(), activators, activatorPort);
  }
}
