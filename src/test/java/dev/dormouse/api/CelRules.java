package dev.dormouse.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.cel.bundle.Cel;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Evaluates rules as an API server does, with what it adds to the language. */
final class CelRules {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, CelRuntime.Program> programs = new HashMap<>();
  private final String subject;
  private final Cel cel;

  /** The rules of a schema, which are about {@code self}. */
  CelRules() {
    this("self");
  }

  /** Rules about a value of this name. */
  CelRules(String subject) {
    this.subject = subject;
    this.cel = cel(subject);
  }

  private static Cel cel(String subject) {
    return CelFactory.legacyCelBuilder()
        .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
        .addVar(subject, SimpleType.DYN)
        .addCompilerLibraries(CelExtensions.strings())
        .addRuntimeLibraries(CelExtensions.strings())
        .addFunctionDeclarations(
            CelFunctionDecl.newFunctionDeclaration(
                "findAll",
                CelOverloadDecl.newMemberOverload(
                    "find_all",
                    ListType.create(SimpleType.STRING),
                    SimpleType.STRING,
                    SimpleType.STRING)))
        .addFunctionBindings(
            CelFunctionBinding.from("find_all", String.class, String.class, CelRules::findAll))
        .build();
  }

  private static List<String> findAll(String text, String pattern) {
    List<String> all = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      all.add(matcher.group());
    }
    return all;
  }

  /** Whether a value is as the rule says; a rule that cannot be evaluated refuses the value. */
  boolean holds(String rule, JsonNode self) {
    try {
      Object value = JSON.readValue(self.toString(), Object.class); // as it comes over the wire
      return (boolean) programs.computeIfAbsent(rule, this::program).eval(Map.of(subject, value));
    } catch (CelEvaluationException e) {
      return false;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private CelRuntime.Program program(String rule) {
    try {
      return cel.createProgram(cel.compile(rule).getAst());
    } catch (CelValidationException | CelEvaluationException e) {
      throw new IllegalArgumentException(rule, e);
    }
  }
}
