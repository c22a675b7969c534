package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.Takeover.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.constant.ConstantDescs;
import java.util.function.Predicate;

/** Rewrites a class of the JDK by replacing instructions in its methods. */
final class Rewriting {

  private Rewriting() {}

  /** Decides for each instruction whether to replace it. */
  interface Rule {

    /** Writes the replacement of {@code element} into {@code code} and returns true, or returns false to keep it. */
    boolean replaces(CodeBuilder code, CodeElement element);
  }

  /** Returns the class after {@code rule}, which must have applied at least once. */
  static byte[] of(Class<?> owner, Rule rule) throws Refused {
    return of(owner, name -> true, rule);
  }

  /** Like {@link #of(Class, Rule)}, but only in methods whose names {@code chosen} accepts. */
  static byte[] of(Class<?> owner, Predicate<String> chosen, Rule rule) throws Refused {
    int[] applied = new int[1];
    byte[] bytes = ClassFile.of().transformClass(parse(owner), ClassTransform.transformingMethodBodies(
        method -> !method.methodName().equalsString(ConstantDescs.CLASS_INIT_NAME)
            && chosen.test(method.methodName().stringValue()),
        (code, element) -> {
          if (rule.replaces(code, element)) {
            applied[0]++;
          } else {
            code.with(element);
          }
        }));
    if (applied[0] == 0) {
      throw new Refused(owner.getName() + " differs from the class of JDK 25");
    }
    return bytes;
  }

  static ClassModel parse(Class<?> owner) throws Refused {
    String resource = owner.getName().replace('.', '/') + ".class";
    try (InputStream in = ClassLoader.getSystemResourceAsStream(resource)) {
      if (in == null) {
        throw new Refused("no bytes of " + owner.getName());
      }
      return ClassFile.of().parse(in.readAllBytes());
    } catch (IOException e) {
      throw new Refused(owner.getName() + " cannot be read: " + e.getMessage());
    }
  }
}
