package dev.dormouse.local.process;

import dev.dormouse.core.WakeReason;
import dev.dormouse.local.process.ProcFs.Stat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Watches what stopped processes wait for, without ever asking. Thread-safe. */
public interface Warden extends AutoCloseable {
  /**
   * Begins to watch for one service: these files at once.
   *
   * @param news told, once, what has come; on the vigil's own thread, must not block
   * @throws IOException saying why that cannot be done
   */
  Post begin(List<Path> files, Consumer<WakeReason> news) throws IOException;

  @Override
  void close();

  /** What is watched for one service. Thread-safe. */
  interface Post extends AutoCloseable {
    /**
     * Watches the descriptors of these processes, too, which are stopped. What has come before this
     * call is not news: it is returned.
     *
     * @return names of the descriptors for which something has come; the same descriptor has the
     *     same name in every post
     * @throws IOException saying why that cannot be done
     */
    Set<String> watch(List<Stat> processes) throws IOException;

    /** Ends it: nothing of the processes is held open any more. May be repeated. */
    @Override
    void close();
  }
}
