package dev.dormouse.local.freeze;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileWatchIT {
  private static final Duration POLL = Duration.ofMillis(300);

  @TempDir Path scratch;
  private final LinkedBlockingQueue<String> changes = new LinkedBlockingQueue<>();
  private Thread watcher = Thread.ofVirtual().unstarted(() -> {});

  @AfterEach
  void stop() {
    watcher.interrupt();
  }

  @Test
  void editorsWriteInPlaceOrRenameOrDeleteAndCreate() throws Exception {
    Path file = Files.writeString(scratch.resolve("a.yaml"), "1");
    watch(file);
    Files.writeString(file, "2");
    awaitOneChange();
    Files.move(
        Files.writeString(scratch.resolve(".a.swp"), "3"),
        file,
        StandardCopyOption.REPLACE_EXISTING);
    awaitOneChange();
    Files.move(file, scratch.resolve("a.yaml~"));
    awaitOneChange();
    Files.writeString(file, "4");
    awaitOneChange();
    Files.delete(file);
    awaitOneChange();
    Files.writeString(file, "5");
    awaitOneChange();
    Files.writeString(file, "6");
    awaitOneChange();
  }

  @Test
  void aDirectoryIsWatchedForManifestsOnly() throws Exception {
    Path directory = Files.createDirectory(scratch.resolve("d"));
    watch(directory);
    Files.writeString(directory.resolve("log"), "1");
    Files.writeString(directory.resolve(".a.yaml.swp"), "1");
    Files.writeString(scratch.resolve("b.yaml"), "1");
    assertNoChange();
    Files.writeString(directory.resolve("a.yml"), "1");
    awaitOneChange();
  }

  @Test
  void manyWritesAreOneChange() throws Exception {
    Path file = Files.writeString(scratch.resolve("a.yaml"), "1");
    watch(file);
    for (int i = 0; i < 20; i++) {
      Files.writeString(file, "" + i);
      Thread.sleep(20);
    }
    awaitOneChange();
  }

  /** A ConfigMap's volume: the files are links through {@code ..data}, which is what changes. */
  @Test
  void kubernetesSwapsALinkInTheDirectory() throws Exception {
    Path one = Files.createDirectory(scratch.resolve("..1"));
    Files.writeString(one.resolve("a.yaml"), "1");
    Files.createSymbolicLink(scratch.resolve("..data"), Path.of("..1"));
    Files.createSymbolicLink(scratch.resolve("a.yaml"), Path.of("..data/a.yaml"));
    watch(scratch);
    for (String next : List.of("..2", "..3")) {
      Path version = Files.createDirectory(scratch.resolve(next));
      Files.writeString(version.resolve("a.yaml"), next);
      swap(scratch.resolve("..data"), Path.of(next));
      awaitOneChange();
    }
    Files.writeString(scratch.resolve("..3/a.yaml"), "in place");
    awaitOneChange();
  }

  /** As git-sync does it. */
  @Test
  void gitSwapsALinkOnTheWay() throws Exception {
    Path link = scratch.resolve("current");
    for (String name : List.of("x", "y", "z")) {
      Path manifests = Files.createDirectories(scratch.resolve("trees/" + name + "/manifests"));
      Files.writeString(manifests.resolve("a.yaml"), name);
    }
    Files.createSymbolicLink(link, scratch.resolve("trees/x"));
    watch(link.resolve("manifests"));
    swap(link, Path.of("trees/y"));
    awaitOneChange();
    Files.writeString(scratch.resolve("trees/x/manifests/a.yaml"), "no longer read");
    assertNoChange();
    Files.writeString(scratch.resolve("trees/y/manifests/b.yaml"), "1");
    awaitOneChange();
    swap(link, Path.of("trees/z"));
    awaitOneChange();
  }

  @Test
  void aDirectoryMayComeLaterAndBeReplaced() throws Exception {
    Path directory = scratch.resolve("a/b/manifests");
    watch(directory);
    Files.createDirectories(directory);
    awaitOneChange();
    Files.writeString(directory.resolve("a.yaml"), "1");
    awaitOneChange();
    Path next = Files.createDirectory(scratch.resolve("a/b/next"));
    Files.writeString(next.resolve("a.yaml"), "2");
    Files.move(directory, scratch.resolve("a/b/old"));
    Files.move(next, directory);
    awaitOneChange();
    Files.writeString(directory.resolve("a.yaml"), "3");
    awaitOneChange();
  }

  @Test
  void withoutInotifyItIsLookedAtNowAndThen() throws Exception {
    Path file = Files.writeString(scratch.resolve("a.yaml"), "1");
    var watch =
        new FileWatch(
            List.of(file),
            () -> {
              throw new IOException("User limit of inotify instances reached");
            },
            POLL);
    start(watch);
    assertThat(changes.poll(5, SECONDS)).isNotNull();
    assertThat(changes.poll(5, SECONDS)).isNotNull();
  }

  @Test
  void aLinkToItselfEndsTheTrail() throws Exception {
    Path loop = Files.createSymbolicLink(scratch.resolve("loop"), Path.of("loop"));
    watch(loop);
    Files.delete(loop);
    Files.writeString(loop, "1");
    awaitOneChange();
  }

  @Test
  void aTouchIsAChangeToLookAt() throws Exception {
    Path file = Files.writeString(scratch.resolve("a.yaml"), "1");
    watch(file);
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    awaitOneChange();
  }

  private void watch(Path path) {
    start(FileWatch.of(List.of(path)));
  }

  private void start(FileWatch watch) {
    watcher =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try (watch) {
                    while (true) {
                      watch.awaitChange();
                      changes.add("change");
                    }
                  } catch (InterruptedException | IOException e) {
                    changes.add(e.toString());
                  }
                });
  }

  private void awaitOneChange() throws InterruptedException {
    assertThat(changes.poll(5, SECONDS)).isEqualTo("change");
    assertNoChange();
  }

  private void assertNoChange() throws InterruptedException {
    Thread.sleep(400);
    assertThat(changes).isEmpty();
  }

  private void swap(Path link, Path target) throws IOException {
    Path next = Files.createSymbolicLink(scratch.resolve(".next"), target);
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
  }
}
