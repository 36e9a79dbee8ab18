package dev.dormouse.local.driver;

import dev.dormouse.core.Endpoint;
import dev.dormouse.core.ServiceId;
import dev.dormouse.local.process.ProcFs.Stat;
import dev.dormouse.local.process.ProcessTree;
import dev.dormouse.local.process.TcpTable.Connection;
import dev.dormouse.local.process.TcpTable.Listener;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Who is connected by TCP to a service past Dormouse: to any port that one of its processes listens
 * on. Its own processes do not count as its clients, nor do those of other services of ours, which
 * ask for it by {@code dependsOn}, nor does Dormouse. Thread-safe; reads all of /proc:
 * milliseconds.
 *
 * @param endpoint where it is dialled, whoever listens there
 * @param ignored addresses of clients that do not count
 */
record DirectClients(
    MachineResources machine,
    ProcessTree family,
    Optional<Endpoint> endpoint,
    Predicate<InetAddress> ignored) {
  private static final long SELF = ProcessHandle.current().pid();

  /** So many are told one by one. */
  private static final int MAX_TOLD = 3;

  /** Those who were found, the first of them in words. */
  record Found(int count, String where) {}

  Found find() {
    List<Stat> members = family.members();
    Set<Long> own = new HashSet<>();
    members.forEach(it -> machine.proc().sockets(it.pid()).ifPresent(own::addAll));
    List<Listener> doors = doors(own);
    Set<Integer> ports = doors.stream().map(Listener::port).collect(Collectors.toSet());
    List<Connection> clients = new ArrayList<>();
    List<Connection> otherEnds = new ArrayList<>();
    if (!ports.isEmpty()) {
      machine
          .proc()
          .connections(
              it -> {
                if (ports.contains(it.local().getPort()) && isBehind(doors, it)) {
                  clients.add(it);
                }
                if (ports.contains(it.remote().getPort())) {
                  otherEnds.add(it);
                }
              });
    }
    clients.removeIf(it -> ignored.test(it.remote().getAddress()));
    return clients.isEmpty() ? new Found(0, "") : strangers(clients, otherEnds, members);
  }

  private List<Listener> doors(Set<Long> own) {
    List<Listener> doors = new ArrayList<>();
    machine
        .proc()
        .listeners(
            it -> {
              if (own.contains(it.inode()) || endpoint.filter(e -> isAt(e, it)).isPresent()) {
                doors.add(it);
              }
              return false;
            });
    return doors;
  }

  private static boolean isAt(Endpoint endpoint, Listener listener) {
    return !endpoint.isSocket()
        && listener.port() == endpoint.port()
        && (listener.address().isAnyLocalAddress()
            || listener.address().equals(InetAddress.ofLiteral(endpoint.host())));
  }

  private static boolean isBehind(List<Listener> doors, Connection connection) {
    for (Listener door : doors) {
      if (door.port() == connection.local().getPort()
          && (door.address().isAnyLocalAddress()
              || door.address().equals(connection.local().getAddress()))) {
        return true;
      }
    }
    return false;
  }

  /** What is connected from elsewhere on this machine is looked up: it may be one of us. */
  private Found strangers(
      List<Connection> clients, List<Connection> otherEnds, List<Stat> members) {
    int count = 0;
    List<String> told = new ArrayList<>();
    for (Connection client : clients) {
      Optional<Connection> end = otherEnds.stream().filter(client::isOtherEndOf).findFirst();
      List<Stat> holders =
          end.map(it -> machine.proc().holders(Set.of(it.inode()))).orElse(List.of());
      if (holders.stream().noneMatch(it -> isOurs(it, members))) {
        count++;
        if (told.size() < MAX_TOLD) {
          told.add(describe(client, holders));
        }
      }
    }
    String more = count > told.size() ? ", and " + (count - told.size()) + " more" : "";
    return new Found(count, String.join(", ", told) + more);
  }

  private boolean isOurs(Stat holder, List<Stat> members) {
    Optional<ServiceId> service = machine.files().ofProcess(machine.proc(), holder.pid());
    return holder.pid() == SELF || service.isPresent() || members.stream().anyMatch(holder::isSame);
  }

  private String describe(Connection client, List<Stat> holders) {
    String who =
        holders.isEmpty()
            ? client.remote().getAddress().getHostAddress()
            : machine.proc().describe(holders.getFirst().pid());
    return "port " + client.local().getPort() + " by " + who;
  }
}
