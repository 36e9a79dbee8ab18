package dev.dormouse.local.state;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.dormouse.local.process.OwnerOnly.Entry;
import dev.dormouse.local.process.ProcFs;
import dev.dormouse.local.process.ProcFs.Stat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.stream.Collectors;

/** Which processes hold locks of state directories, as proc_locks(5) shows them. */
final class LockHolders {
  private static final Path LOCKS = Path.of("/proc/locks");
  private static final ProcFs PROC = new ProcFs(Path.of("/proc"));

  private LockHolders() {}

  /**
   * Says who holds this lock.
   *
   * @param written the pid in the file: of who took it last
   */
  static String inUse(Path lock, String written) throws IOException {
    long inode = Entry.of(lock).map(it -> it.id().inode()).orElse(0L);
    Optional<Long> holder =
        holders(OptionalLong.of(inode)).stream().findFirst().or(() -> living(written));
    return holder
        .map(pid -> "is in use by another dormouse, pid " + pid + "; --state-dir DIR names another")
        .orElse("is in use by another process, which cannot be seen from here");
  }

  /**
   * A process that used this directory until it was removed or moved away, and of which something
   * runs: it has the lock open that was in there, asleep or not, or is the parent of a service.
   */
  static Optional<Long> removedUnder(Path dir) throws IOException {
    long self = ProcessHandle.current().pid();
    StateFiles files = StateFiles.of(dir);
    List<Stat> all = PROC.processes();
    Set<Long> parents =
        all.stream()
            .filter(p -> files.ofProcess(PROC, p.pid()).isPresent())
            .map(Stat::parent)
            .collect(Collectors.toSet());
    if (parents.isEmpty()) {
      return Optional.empty();
    }
    String removed = StateDirectory.lockFile(dir.toRealPath()) + " (deleted)";
    Set<Long> holders = holders(OptionalLong.empty());
    return all.stream()
        .map(Stat::pid)
        .filter(pid -> pid != self)
        .filter(pid -> (holders.contains(pid) && parents.contains(pid)) || PROC.opens(pid, removed))
        .findFirst();
  }

  /** Who holds a lock on this file, or on any. */
  private static Set<Long> holders(OptionalLong inode) {
    Set<Long> pids = new HashSet<>();
    try {
      for (String line : Files.readAllLines(LOCKS, ISO_8859_1)) {
        holder(new StringTokenizer(line, " :"), inode).ifPresent(pids::add);
      }
    } catch (IOException e) {
      return pids; // not every kernel has it
    }
    return pids;
  }

  /** {@code number: POSIX ADVISORY WRITE pid major:minor:inode start end}; others do not count. */
  private static Optional<Long> holder(StringTokenizer columns, OptionalLong inode) {
    if (columns.countTokens() != 10) {
      return Optional.empty();
    }
    columns.nextToken();
    boolean posix = columns.nextToken().equals("POSIX");
    columns.nextToken();
    columns.nextToken();
    long pid = Long.parseLong(columns.nextToken());
    columns.nextToken();
    columns.nextToken();
    long file = Long.parseLong(columns.nextToken());
    boolean wanted = inode.isEmpty() || inode.getAsLong() == file;
    return posix && pid > 0 && wanted ? Optional.of(pid) : Optional.empty();
  }

  private static Optional<Long> living(String pid) {
    return pid.isEmpty() || !pid.chars().allMatch(Character::isDigit) || pid.length() > 9
        ? Optional.empty()
        : ProcessHandle.of(Long.parseLong(pid)).map(ProcessHandle::pid);
  }
}
