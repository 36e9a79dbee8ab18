package dev.dormouse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code src/build/Desugar.java}: what it makes behaves as what the JVM would have made. */
class DesugarTest {
  private static final Path CLASSES = Path.of("target", "classes");

  /** Every kind of component and of label, guards, null and a label that is left alone. */
  private static final String SAMPLE =
      """
      import java.util.*;
      import java.util.function.Supplier;
      public class Sample implements Supplier<List<String>> {
        enum Colour { RED, BLUE }
        sealed interface Shape {
          default String choose() {
            return switch (this) { case Dot _ -> "dot"; case Box(int w, _) when w > 5 -> "wide";
              case Box _ -> "box"; case None _ -> "none"; };
          }
        }
        record Dot(boolean z, byte b, char c, short s, int i, long j, float f, double d, String t,
            Object o, int[] a) implements Shape {}
        record Box(int w, List<String> names) implements Shape {}
        record None() implements Shape {}
        static String any(Object o) {
          return switch (o) { case null -> "null"; case Integer i when i > 3 -> "big";
            case Number n -> "number"; case String s -> s; case int[] a -> "array"; default -> "?"; };
        }
        static String constant(Object o) {
          return switch (o) { case Colour.RED -> "red"; case String s -> s; default -> "?"; };
        }
        static Dot dot(double d, String t) {
          return new Dot(true, (byte) -3, 'x', (short) 9, 7, 1L << 40, -0f, d, t, null, null);
        }
        public List<String> get() {
          List<Object> all = List.of(dot(0, "t"), dot(0, "t"), dot(-0.0, "t"), dot(Double.NaN, "u"),
              dot(Double.NaN, "u"), new Box(1, List.of("a")), new Box(1, List.of("a")),
              new Box(6, List.of()), new None(), new None(), "text", 3, 4, 5L, Colour.RED, Colour.BLUE);
          List<String> said = new ArrayList<>();
          for (Object one : all) {
            said.add(one + " " + any(one) + " " + constant(one));
            if (one instanceof Shape shape) {
              said.add(one.hashCode() + " " + shape.choose() + " " + one.equals(null));
              all.forEach(other -> said.add("" + one.equals(other)));
            }
          }
          said.add(any(null) + any(new int[0]));
          return said;
        }
      }
      """;

  @TempDir Path dir;

  @Test
  void whatItMakesBehavesAsWhatTheJvmWouldHaveMade() throws Exception {
    Path source = Files.writeString(dir.resolve("Sample.java"), SAMPLE);
    var compiler = ToolProvider.getSystemJavaCompiler();
    assertThat(compiler.run(null, null, null, "-d", dir.toString(), source.toString())).isZero();
    long before = sites(dir).count();
    List<String> expected = said();
    assertThat(desugar()).isEqualTo("desugar: 11 call sites");
    assertThat(said()).isEqualTo(expected).hasSizeGreaterThan(150);
    assertThat(sites(dir)).hasSize((int) before - 11).contains("typeSwitch", "accept");
    assertThat(desugar()).isEqualTo("desugar: 0 call sites");
  }

  @Test
  void nothingOfOursIsLeftForTheJvmToMake() throws IOException {
    assertThat(sites(CLASSES))
        .hasSizeGreaterThan(500)
        .doesNotContain("typeSwitch", "equals", "hashCode", "toString");
  }

  @SuppressWarnings("unchecked")
  private List<String> said() throws Exception {
    try (var loader = new URLClassLoader(new URL[] {dir.toUri().toURL()}, null)) {
      var sample = loader.loadClass("Sample").getConstructor().newInstance();
      return ((Supplier<List<String>>) sample).get();
    }
  }

  private String desugar() throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var command = List.of(java, "-cp", dir.toString(), "src/build/Desugar.java", dir.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** The names of all calls that are linked at run time. */
  private static Stream<String> sites(Path classes) throws IOException {
    try (Stream<Path> files = Files.walk(classes)) {
      return files.filter(file -> file.toString().endsWith(".class")).toList().stream()
          .flatMap(DesugarTest::elements)
          .filter(InvokeDynamicInstruction.class::isInstance)
          .map(site -> ((InvokeDynamicInstruction) site).name().stringValue());
    }
  }

  private static Stream<CodeElement> elements(Path file) {
    try {
      return ClassFile.of().parse(file).methods().stream()
          .flatMap(method -> method.code().stream())
          .flatMap(code -> code.elementStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
