import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;

import java.io.IOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Replaces what a class would have made for it at run time, by hidden classes, with plain methods:
 * the choice of a pattern switch (SwitchBootstraps.typeSwitch) and a record's equals, hashCode and
 * toString (ObjectMethods.bootstrap). An AOT cache (JEP 514) cannot hold either, each costs about a
 * millisecond when it is reached first, and that is while a client waits for a wake.
 *
 * <p>{@code java -cp CLASSPATH Desugar.java target/classes}: rewrites the classes there, in place;
 * those that are done already stay as they are. A site of another shape than these is left alone.
 */
final class Desugar {
  private static final String SWITCH = "java.lang.runtime.SwitchBootstraps.typeSwitch";
  private static final String RECORD = "java.lang.runtime.ObjectMethods.bootstrap";

  /** Remembers which classes it has looked up. */
  private static final ClassFile FORMAT =
      ClassFile.of(
          ClassHierarchyResolverOption.of(
              ClassHierarchyResolver.ofResourceParsing(ClassLoader.getSystemClassLoader())));

  private static final int HASH_FACTOR = 31;
  private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
  private static final ClassDesc BUILDER = ClassDesc.of("java.lang.StringBuilder");

  private Desugar() {}

  public static void main(String[] args) throws IOException {
    int sites = 0;
    try (Stream<Path> files = Files.walk(Path.of(args[0]))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        sites += rewrite(file);
      }
    }
    System.out.println("desugar: " + sites + " call sites");
  }

  private static int rewrite(Path file) throws IOException {
    ClassModel before = FORMAT.parse(file);
    List<Consumer<ClassBuilder>> added = new ArrayList<>();
    CodeTransform sites =
        (code, element) -> {
          if (!(element instanceof InvokeDynamicInstruction site)
              || !replace(code, site, before, added)) {
            code.with(element);
          }
        };
    byte[] after =
        FORMAT.transformClass(
            before,
            ClassTransform.transformingMethodBodies(sites)
                .andThen(
                    ClassTransform.endHandler(builder -> added.forEach(a -> a.accept(builder)))));
    if (!added.isEmpty()) {
      Files.write(file, after);
    }
    return added.size();
  }

  /** Whether the site has been replaced by the call of a method that is added to the class. */
  private static boolean replace(
      CodeBuilder code,
      InvokeDynamicInstruction site,
      ClassModel owner,
      List<Consumer<ClassBuilder>> added) {
    DirectMethodHandleDesc bootstrap = site.bootstrapMethod();
    String factory = qualified(bootstrap.owner()) + "." + bootstrap.methodName();
    Consumer<CodeBuilder> body;
    if (factory.equals(SWITCH)
        && site.bootstrapArgs().stream().allMatch(ClassDesc.class::isInstance)) {
      body = choice(site.bootstrapArgs());
    } else if (factory.equals(RECORD)) {
      body = component(site.name().stringValue(), site.bootstrapArgs());
    } else {
      return false;
    }
    String name = site.name().stringValue() + "$" + added.size();
    boolean isInterface = owner.flags().has(AccessFlag.INTERFACE);
    MethodTypeDesc type = site.typeSymbol();
    code.invokestatic(owner.thisClass().asSymbol(), name, type, isInterface);
    int flags = ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC;
    added.add(builder -> builder.withMethodBody(name, type, flags, body));
    return true;
  }

  /** {@code (value, from)}: -1 for null, else the first label from there on that fits. */
  private static Consumer<CodeBuilder> choice(List<ConstantDesc> labels) {
    return code -> {
      code.aload(0).ifThen(Opcode.IFNULL, none -> none.iconst_m1().ireturn());
      for (int i = 0; i < labels.size(); i++) {
        int index = i;
        ClassDesc label = (ClassDesc) labels.get(i);
        code.iload(1)
            .loadConstant(index)
            .ifThen(
                Opcode.IF_ICMPLE,
                tried ->
                    tried
                        .aload(0)
                        .instanceOf(label)
                        .ifThen(found -> found.loadConstant(index).ireturn()));
      }
      code.loadConstant(labels.size()).ireturn();
    };
  }

  /** What {@link java.lang.runtime.ObjectMethods} specifies. */
  private static Consumer<CodeBuilder> component(String method, List<ConstantDesc> arguments) {
    ClassDesc owner = (ClassDesc) arguments.get(0);
    List<DirectMethodHandleDesc> fields =
        arguments.subList(2, arguments.size()).stream()
            .map(DirectMethodHandleDesc.class::cast)
            .toList();
    return switch (method) {
      case "equals" -> code -> equal(code, owner, fields);
      case "hashCode" -> code -> hash(code, owner, fields);
      case "toString" -> code -> print(code, owner, fields);
      default -> throw new IllegalArgumentException(method);
    };
  }

  private static void equal(
      CodeBuilder code, ClassDesc owner, List<DirectMethodHandleDesc> fields) {
    code.aload(0).aload(1).ifThen(Opcode.IF_ACMPEQ, same -> same.iconst_1().ireturn());
    code.aload(1).instanceOf(owner).ifThen(Opcode.IFEQ, other -> other.iconst_0().ireturn());
    for (DirectMethodHandleDesc field : fields) {
      ClassDesc type = type(field);
      code.aload(0).getfield(owner, field.methodName(), type);
      code.aload(1).checkcast(owner).getfield(owner, field.methodName(), type);
      if (type.isPrimitive()) {
        code.invokestatic(box(type), "compare", MethodTypeDesc.of(CD_int, type, type));
        code.ifThen(Opcode.IFNE, differ -> differ.iconst_0().ireturn());
      } else {
        code.invokestatic(OBJECTS, "equals", MethodTypeDesc.of(CD_boolean, CD_Object, CD_Object));
        code.ifThen(Opcode.IFEQ, differ -> differ.iconst_0().ireturn());
      }
    }
    code.iconst_1().ireturn();
  }

  private static void hash(CodeBuilder code, ClassDesc owner, List<DirectMethodHandleDesc> fields) {
    code.iconst_0();
    for (DirectMethodHandleDesc field : fields) {
      ClassDesc type = type(field);
      code.loadConstant(HASH_FACTOR).imul();
      code.aload(0).getfield(owner, field.methodName(), type);
      ClassDesc hasher = type.isPrimitive() ? box(type) : OBJECTS;
      ClassDesc hashed = type.isPrimitive() ? type : CD_Object;
      code.invokestatic(hasher, "hashCode", MethodTypeDesc.of(CD_int, hashed)).iadd();
    }
    code.ireturn();
  }

  private static void print(
      CodeBuilder code, ClassDesc owner, List<DirectMethodHandleDesc> fields) {
    code.new_(BUILDER)
        .dup()
        .invokespecial(BUILDER, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void);
    String separator = simple(owner) + "[";
    for (DirectMethodHandleDesc field : fields) {
      ClassDesc type = type(field);
      append(code.loadConstant(separator + field.methodName() + "="), CD_String);
      append(code.aload(0).getfield(owner, field.methodName(), type), printed(type));
      separator = ", ";
    }
    append(code.loadConstant(fields.isEmpty() ? separator + "]" : "]"), CD_String);
    code.invokevirtual(BUILDER, "toString", MethodTypeDesc.of(CD_String)).areturn();
  }

  private static void append(CodeBuilder code, ClassDesc type) {
    code.invokevirtual(BUILDER, "append", MethodTypeDesc.of(BUILDER, type));
  }

  /** The parameter of the {@code append} for this type. */
  private static ClassDesc printed(ClassDesc type) {
    if (!type.isPrimitive()) {
      return type.equals(CD_String) ? type : CD_Object;
    }
    return type.equals(ConstantDescs.CD_byte) || type.equals(ConstantDescs.CD_short)
        ? CD_int
        : type;
  }

  /** The type of the field that this handle reads. */
  private static ClassDesc type(DirectMethodHandleDesc getter) {
    return getter.invocationType().returnType();
  }

  private static ClassDesc box(ClassDesc primitive) {
    return switch (TypeKind.from(primitive)) {
      case BOOLEAN -> ConstantDescs.CD_Boolean;
      case BYTE -> ConstantDescs.CD_Byte;
      case CHAR -> ConstantDescs.CD_Character;
      case SHORT -> ConstantDescs.CD_Short;
      case INT -> ConstantDescs.CD_Integer;
      case LONG -> ConstantDescs.CD_Long;
      case FLOAT -> ConstantDescs.CD_Float;
      case DOUBLE -> ConstantDescs.CD_Double;
      case REFERENCE, VOID -> throw new IllegalArgumentException(primitive.descriptorString());
    };
  }

  /** As {@link Class#getSimpleName} has it for a class of these sources. */
  private static String simple(ClassDesc type) {
    String name = type.displayName();
    return name.substring(name.lastIndexOf('$') + 1);
  }

  private static String qualified(ClassDesc type) {
    return type.packageName() + "." + type.displayName();
  }
}
