package dev.dormouse.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTest {
  @Test
  void noCharacterThatMovesHidesOrEndsIsLeft() {
    IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
        .filter(TextTest::isDangerous)
        .forEach(
            point -> {
              String shown = Text.printable("a" + Character.toString(point) + "b");
              assertThat(shown.codePoints()).as("U+%04X", point).noneMatch(TextTest::isDangerous);
              assertThat(shown).as("U+%04X", point).startsWith("a");
            });
  }

  @Test
  void whatPeopleWriteStays() {
    for (String text :
        new String[] {
          "",
          "plain\ttext",
          "é ü ß ½",
          "日本語",
          "مرحبا",
          "שלום",
          "क्‍ष",
          "👩‍👩‍👧",
          "\"quoted\" \\ <b>"
        }) {
      assertThat(Text.printable(text)).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "\\e[1;31mred\\e[0m, red",
    "\\u009b31mred\\u009b0m, red",
    "\\e]0;title\\u0007shown, shown",
    "\\e]8;;http://x\\e\\link, link",
    "\\e]0;without an end, 0;without an end",
    "\\e(Bplain, plain",
    "\\e, ''",
    "a\\e[, a",
    "a\\u0000b\\u007fc, abc",
    "one\\u000d\\u000atwo\\u2028three\\u0085four, one two three four",
    "10%\\u000d20%, 10% 20%",
    "user\\u202egpj.exe, usergpj.exe",
    "\\ud800, \ufffd",
    "\\udc00x\\ud800, \ufffdx\ufffd",
    "\\ufeffa\\u200bb\\u2066c\\u2069\\u061cd, abcd"
  })
  void whatIsNotTextGoes(String given, String shown) {
    assertThat(Text.printable(unescaped(given))).isEqualTo(shown);
  }

  @Test
  void linesThatBelongTogetherCannotPassForOthers() {
    assertThat(Text.indented("first\r\nINFO forged\n\tat a.b\u0007\n"))
        .isEqualTo("first\n\tINFO forged\n\t\tat a.b");
    assertThat(Text.indented("")).isEmpty();
  }

  /** {@code \\e} is ESC, {@code \\uXXXX} a UTF-16 unit. */
  private static String unescaped(String text) {
    return Pattern.compile("\\\\u(\\p{XDigit}{4})")
        .matcher(text.replace("\\e", "\u001b"))
        .replaceAll(
            unit ->
                Matcher.quoteReplacement(
                    Character.toString((char) Integer.parseInt(unit.group(1), 16))));
  }

  /** What must never be shown, by the standards' own lists. */
  private static boolean isDangerous(int point) {
    return (point != '\t' && Character.isISOControl(point))
        || isReordering(point)
        || point == 0x2028
        || point == 0x2029
        || Character.getType(point) == Character.SURROGATE;
  }

  private static boolean isReordering(int point) {
    return switch (Character.getDirectionality(point)) {
      case Character.DIRECTIONALITY_LEFT_TO_RIGHT_EMBEDDING,
          Character.DIRECTIONALITY_LEFT_TO_RIGHT_OVERRIDE,
          Character.DIRECTIONALITY_RIGHT_TO_LEFT_EMBEDDING,
          Character.DIRECTIONALITY_RIGHT_TO_LEFT_OVERRIDE,
          Character.DIRECTIONALITY_POP_DIRECTIONAL_FORMAT,
          Character.DIRECTIONALITY_LEFT_TO_RIGHT_ISOLATE,
          Character.DIRECTIONALITY_RIGHT_TO_LEFT_ISOLATE,
          Character.DIRECTIONALITY_FIRST_STRONG_ISOLATE,
          Character.DIRECTIONALITY_POP_DIRECTIONAL_ISOLATE ->
          true;
      default -> point == 0x200e || point == 0x200f || point == 0x61c;
    };
  }
}
