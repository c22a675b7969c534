package io.reactorstack;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.net.URL;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The architecture rules that a machine can check: the order of the packages, the purity of the TCP engine, clocks,
 * randomness and names.
 */
class ArchitectureTest {
  private static final String ROOT = "io.reactorstack";

  /**
   * The packages, lowest layer first: a package may use only those before it. A package without an entry of its own
   * belongs to the one that encloses it.
   */
  static final List<String> PACKAGES = List.of(
      "setting",
      "packet",
      "name",
      "layer",
      "wire",
      "acd",
      "dhcp",
      "dhcp.engine",
      "nat",
      "nat.engine",
      "pathmtu",
      "pathmtu.engine",
      "routing",
      "device",
      "offload",
      "device.memory",
      "ethernet",
      "neighbor",
      "ip",
      "ip.host",
      "ip.input",
      "ip.output",
      "ip.forward",
      "icmp",
      "multicast",
      "ndp",
      "udp",
      "tcp.congestion",
      "tcp.model",
      "tcp.recovery",
      "tcp.engine",
      "tcp",
      "host",
      "", // the root package: the façade
      "spi",
      "netty",
      "telemetry",
      "lab");

  /** Packages that only compute: no waiting, no randomness. */
  static final List<String> PURE = List.of("setting", "wire", "acd", "dhcp", "dhcp.engine", "nat", "nat.engine",
      "pathmtu",
      "pathmtu.engine", "routing", "tcp.congestion", "tcp.model",
      "tcp.recovery",
      "tcp.engine");

  /** JDK values that addresses are converted from and to, without a DNS query. */
  private static final Set<String> ADDRESSES = Set.of(
      "java.net.InetAddress", "java.net.Inet6Address", "java.net.InetSocketAddress", "java.net.UnknownHostException");

  /** Packages whose public types are API. */
  private static final Set<String> API = Stream
      .of("", "packet", "name", "layer", "wire", "device", "device.linux", "device.memory", "device.stream", "tcp",
          "tcp.congestion",
          "tcp.model",
          "udp", "icmp", "acd", "dhcp", "nat", "pathmtu", "routing", "ndp", "ip.event", "spi", "netty",
          "lab",
          "telemetry")
      .map(ArchitectureTest::packageOf)
      .collect(Collectors.toUnmodifiableSet());

  static boolean isApi(String name) {
    return API.contains(packageOf(name));
  }

  /**
   * Classes (by full name) that may read a real clock or draw real random numbers. Each entry needs its reason beside
   * it.
   */
  private static final Set<String> MAY_TOUCH_REALITY = Set.of(
      "io.reactorstack.device.Capture", // a capture of the real world shows the time of day
      "io.reactorstack.lab.jdk.RandomRewriting", // makes the JDK's random sources draw from the current thread's seed
      "io.reactorstack.lab.jdk.JdkRandom", // tests its takeover of the real random numbers
      "io.reactorstack.lab.jdk.JdkClocks", // takes over the real clocks, and tests that
      "io.reactorstack.lab.RealTimeDrive" // the date of a lab in real time is the machine's
  );

  /** The number of arguments that a reader can still tell apart by position. */
  private static final int MAX_ARGUMENTS = 8;

  /** Records (by full name) that may have more components. Each entry needs its reason beside it. */
  private static final Set<String> MAY_HAVE_MANY_COMPONENTS = Set.of(
      "io.reactorstack.wire.Ipv4Header", // the fields of the header, in the order of RFC 791
      "io.reactorstack.wire.IpHeaders", // the common fields of the headers of both IP versions
      "io.reactorstack.wire.TcpSegment" // the fields of the header, in the order of RFC 9293
  );

  private static final JavaClasses ALL = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .importPackages(ROOT);

  private static final JavaClasses CLASSES = ALL.that(
      DescribedPredicate.describe("have code", c -> !c.getSimpleName().equals("package-info")));

  @TestFactory
  Stream<DynamicTest> packagesUseOnlyLowerPackages() {
    return PACKAGES.stream().map(name -> DynamicTest.dynamicTest(nameOf(name), () -> check(
        classes().that(areIn(name)).should(useOnlyPackagesBelow(name)), classCount(name) == 0)));
  }

  @Test
  void everyListedPackageExistsAndEveryClassBelongsToOne() {
    var packages = ALL.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());
    assertThat(packages).as("packages of the project")
        .containsAll(PACKAGES.stream().map(ArchitectureTest::packageOf).toList())
        .containsAll(API);
    assertThat(packages.stream().filter(p -> !p.equals(ROOT) && entryOf(p).isEmpty()))
        .as("packages without an entry: add them to PACKAGES and to the architecture page").isEmpty();
  }

  @Test
  void packagesHaveNoCycles() {
    var onePackageOneSlice = new SliceAssignment() {
      @Override
      public SliceIdentifier getIdentifierOf(JavaClass c) {
        return c.getPackageName().startsWith(ROOT) ? SliceIdentifier.of(c.getPackageName()) : SliceIdentifier.ignore();
      }

      @Override
      public String getDescription() { return "the packages of the project"; }
    };
    check(slices().assignedFrom(onePackageOneSlice).should().beFreeOfCycles(), CLASSES.isEmpty());
  }

  /**
   * The façade uses the classes of the host, and these use only classes that do not depend on them; {@code create()} is
   * the only back reference.
   */
  @Test
  void classesOfTheHostHaveNoCycles() {
    var oneClassOneSlice = new SliceAssignment() {
      @Override
      public SliceIdentifier getIdentifierOf(JavaClass c) {
        return Set.of(ROOT, packageOf("host")).contains(c.getPackageName())
            ? SliceIdentifier.of(topLevel(c))
            : SliceIdentifier.ignore();
      }

      @Override
      public String getDescription() { return "the classes of the façade and of the host"; }
    };
    check(slices().assignedFrom(oneClassOneSlice).should().beFreeOfCycles()
        .ignoreDependency(NetworkStack.class, StackConfiguration.class), CLASSES.isEmpty());
  }

  private static final DescribedPredicate<JavaClass> IMPURE = resideInAnyPackage("reactor..", "org.reactivestreams..",
      "io.netty.channel..", "io.netty.util.concurrent..", "java.net..", "java.nio.channels..", "java.util.concurrent..")
      .and(DescribedPredicate.not(type(TimeUnit.class)))
      .or(assignableTo(Thread.class))
      .or(assignableTo(java.util.Random.class)) // includes SecureRandom and ThreadLocalRandom
      .or(assignableTo(java.util.Timer.class))
      .or(assignableTo(java.time.InstantSource.class)) // includes java.time.Clock
      .or(type(java.time.Instant.class))
      .as("have a clock, a thread, an event loop, a stream, a socket or randomness");

  @TestFactory
  Stream<DynamicTest> purePackagesUseNoClockThreadOrRandomness() {
    return PURE.stream().map(name -> DynamicTest.dynamicTest(nameOf(name), () -> check(
        noClasses().that(areIn(name)).should().dependOnClassesThat(IMPURE), classCount(name) == 0)));
  }

  /** The codecs need no stack: of the project they use only the values of {@code packet}. */
  @Test
  void codecsUseOnlyPacket() {
    check(noClasses().that(areIn("wire")).should().dependOnClassesThat(
        DescribedPredicate.describe("are in packages of the project other than packet",
            used -> entryOf(used.getPackageName())
                .filter(name -> !name.equals("wire") && !name.equals("packet")).isPresent())),
        classCount("wire") == 0);
  }

  /** TCP without I/O can be used without a stack: its packages use only values, codecs, checks and each other. */
  @TestFactory
  Stream<DynamicTest> tcpMachineUsesOnlySettingPacketAndWire() {
    var machine = List.of("tcp.congestion", "tcp.model", "tcp.recovery", "tcp.engine");
    var used = Stream.concat(Stream.of("setting", "packet", "wire"), machine.stream()).toList();
    return machine.stream().map(name -> DynamicTest.dynamicTest(name, () -> check(
        noClasses().that(areIn(name)).should().dependOnClassesThat(DescribedPredicate.describe(
            "are in packages other than " + used,
            c -> entryOf(c.getPackageName()).filter(other -> !used.contains(other)).isPresent())),
        classCount(name) == 0)));
  }

  /** A pure package must not reach anything impure through other packages either. */
  @Test
  void purePackagesReachNoClockThreadOrRandomnessThroughOthers() {
    Map<String, String> leaks = new TreeMap<>();
    Map<JavaClass, String> paths = new HashMap<>();
    for (JavaClass inspected : CLASSES) {
      String name = entryOf(inspected.getPackageName()).orElse("");
      if (PURE.contains(name)) {
        for (JavaClass used : ownClassesUsedBy(inspected)) {
          String path = PURE.contains(entryOf(used.getPackageName()).orElse("")) ? "" : pathToImpurity(used, paths);
          if (!path.isEmpty()) {
            leaks.put(name + " -> " + topLevel(used).substring(ROOT.length() + 1), inspected.getSimpleName() + path);
          }
        }
      }
    }
    assertThat(leaks).as("dependency paths from a pure package to impure classes").isEmpty();
  }

  /** Returns the entries of {@link #PACKAGES} that the classes of each entry use. */
  static Map<String, Set<String>> usedPackages() {
    Map<String, Set<String>> used = new HashMap<>();
    PACKAGES.forEach(name -> used.put(name, new TreeSet<>()));
    for (JavaClass user : CLASSES) {
      entryOf(user.getPackageName()).ifPresent(name -> ownClassesUsedBy(user).stream()
          .flatMap(target -> entryOf(target.getPackageName()).stream()).forEach(used.get(name)::add));
    }
    return used;
  }

  private static Set<JavaClass> ownClassesUsedBy(JavaClass user) {
    return user.getDirectDependenciesFromSelf().stream()
        .map(dependency -> dependency.getTargetClass().getBaseComponentType())
        .filter(used -> used.getPackageName().startsWith(ROOT))
        .collect(Collectors.toSet());
  }

  /** Returns the shortest dependency path from {@code from} to something impure, as text; empty if there is none. */
  private static String pathToImpurity(JavaClass from, Map<JavaClass, String> known) {
    String found = known.get(from);
    if (found != null) {
      return found;
    }
    Map<JavaClass, String> seen = new LinkedHashMap<>(Map.of(from, " -> " + from.getSimpleName()));
    Deque<JavaClass> toVisit = new ArrayDeque<>(List.of(from));
    String path = "";
    while (path.isEmpty() && !toVisit.isEmpty()) {
      JavaClass visited = toVisit.remove();
      String here = seen.get(visited);
      path = visited.getDirectDependenciesFromSelf().stream().map(d -> d.getTargetClass().getBaseComponentType())
          .filter(IMPURE).filter(impure -> !ADDRESSES.contains(impure.getName())).findFirst()
          .map(impure -> here + " -> " + impure.getName()).orElse("");
      for (JavaClass next : ownClassesUsedBy(visited)) {
        if (seen.putIfAbsent(next, here + " -> " + next.getSimpleName()) == null) {
          toVisit.add(next);
        }
      }
    }
    known.put(from, path);
    return path;
  }

  @Test
  void noClassReadsTheRealClockDrawsRealRandomNumbersOrSleeps() {
    check(classes()
        .that(DescribedPredicate.describe("are not on the allow-list",
            (JavaClass c) -> !MAY_TOUCH_REALITY.contains(topLevel(c))))
        .should(touchNoReality()), CLASSES.isEmpty());
  }

  @Test
  void classNamesHaveNoMeaninglessSuffix() {
    check(noClasses().should().haveNameMatching(".*(Impl|Util|Utils|Helper|Manager)"), CLASSES.isEmpty());
  }

  @Test
  void noConstructorHasMoreArgumentsThanAReaderCanTellApart() {
    var found = CLASSES.stream()
        .filter(c -> !MAY_HAVE_MANY_COMPONENTS.contains(c.getFullName()))
        .flatMap(c -> c.getConstructors().stream())
        .filter(constructor -> constructor.getRawParameterTypes().size() > MAX_ARGUMENTS)
        .map(constructor -> constructor.getFullName());
    assertThat(found).isEmpty();
  }

  @Test
  void moduleExportsTheApiAndNothingElse() throws IOException {
    var inhabited = CLASSES.stream()
        .filter(c -> c.isTopLevelClass() && c.getModifiers().contains(JavaModifier.PUBLIC))
        .map(JavaClass::getPackageName)
        .filter(API::contains)
        .collect(Collectors.toCollection(TreeSet::new));
    var exported = moduleDescriptor().exports().stream().filter(e -> !e.isQualified())
        .map(ModuleDescriptor.Exports::source)
        .collect(Collectors.toSet());
    assertThat(exported).as("exports of module-info.java").containsAll(inhabited).isSubsetOf(API);
  }

  /** The API must not expose types of the TCP engine or of the host's implementation, which are not exported. */
  @Test
  void apiSignaturesHaveNoTypesOfTheEngineOrTheHost() {
    var inside = Set.of(packageOf("tcp.engine"), packageOf("host"));
    var found = CLASSES.stream()
        .filter(c -> API.contains(c.getPackageName()) && c.getModifiers().contains(JavaModifier.PUBLIC))
        .flatMap(c -> c.getCodeUnits().stream())
        .filter(unit -> unit.getModifiers().contains(JavaModifier.PUBLIC)
            || unit.getModifiers().contains(JavaModifier.PROTECTED))
        .filter(unit -> Stream.concat(unit.getRawParameterTypes().stream(), Stream.of(unit.getRawReturnType()))
            .anyMatch(t -> inside.contains(t.getBaseComponentType().getPackageName())))
        .map(unit -> unit.getFullName());
    assertThat(found).isEmpty();
  }

  /**
   * A transport gets the services of the event loop from package {@code spi}, and Netty's type of it only from {@code
   * netty}.
   */
  @Test
  void facadeAndSpiExposeNoEventLoop() {
    var found = CLASSES.stream()
        .filter(c -> Set.of(ROOT, packageOf("spi")).contains(c.getPackageName()))
        .filter(c -> c.getModifiers().contains(JavaModifier.PUBLIC))
        .flatMap(c -> c.getMethods().stream())
        .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
        .filter(method -> method.getRawReturnType().isAssignableTo(Executor.class))
        .map(method -> method.getFullName());
    assertThat(found).isEmpty();
  }

  /** Checks the rule; only for a package without classes may the rule match nothing. */
  private static void check(ArchRule rule, boolean mayBeEmpty) {
    rule.allowEmptyShould(mayBeEmpty).check(CLASSES);
  }

  private static ArchCondition<JavaClass> useOnlyPackagesBelow(String name) {
    var position = PACKAGES.indexOf(name);
    return new ArchCondition<>("use only lower packages") {
      @Override
      public void check(JavaClass inspected, ConditionEvents events) {
        for (var dependency : inspected.getDirectDependenciesFromSelf()) {
          var target = dependency.getTargetClass().getBaseComponentType().getPackageName();
          entryOf(target).filter(other -> PACKAGES.indexOf(other) > position)
              .ifPresent(other -> events.add(SimpleConditionEvent.violated(
                  dependency, nameOf(name) + " is below " + nameOf(other) + ": " + dependency.getDescription())));
        }
      }
    };
  }

  private static ArchCondition<JavaClass> touchNoReality() {
    return new ArchCondition<>("read no real clock, draw no real random numbers and never sleep") {
      @Override
      public void check(JavaClass inspected, ConditionEvents events) {
        // Covers both calls and method references.
        for (JavaAccess<?> access : inspected.getAccessesFromSelf()) {
          if (isReality(access)) {
            events.add(SimpleConditionEvent.violated(access, access.getDescription()));
          }
        }
      }
    };
  }

  private static boolean isReality(JavaAccess<?> access) {
    var owner = access.getTargetOwner();
    var name = access.getTarget().getName();
    var parameters = access.getTarget() instanceof AccessTarget.CodeUnitAccessTarget codeUnit
        ? codeUnit.getRawParameterTypes().size()
        : 0;
    return switch (owner.getName()) {
      case "java.lang.System" -> Set.of("nanoTime", "currentTimeMillis").contains(name);
      case "java.lang.Math", "java.lang.StrictMath" -> name.equals("random");
      case "java.lang.Thread", "java.util.concurrent.TimeUnit" -> name.equals("sleep");
      case "java.util.Random", "java.util.SplittableRandom" -> name.equals("<init>") && parameters == 0;
      case "java.util.concurrent.ThreadLocalRandom" -> true;
      case "java.time.Clock", "java.time.InstantSource" -> name.startsWith("system") || name.startsWith("tick");
      default -> owner.getPackageName().equals("java.time") && name.equals("now");
    };
  }

  private static DescribedPredicate<JavaClass> areIn(String name) {
    return DescribedPredicate.describe("are in " + nameOf(name), c -> isIn(name).test(c));
  }

  private static Predicate<JavaClass> isIn(String name) {
    return c -> entryOf(c.getPackageName()).filter(name::equals).isPresent();
  }

  private static long classCount(String name) {
    return CLASSES.stream().filter(isIn(name)).count();
  }

  /** Returns the innermost listed package that encloses a package. The root package encloses only itself. */
  private static Optional<String> entryOf(String packageName) {
    if (packageName.equals(ROOT)) {
      return Optional.of("");
    }
    return PACKAGES.stream()
        .filter(name -> !name.isEmpty() && (packageName + ".").startsWith(packageOf(name) + "."))
        .max(Comparator.comparingInt(String::length));
  }

  private static String packageOf(String name) {
    return name.isEmpty() ? ROOT : ROOT + "." + name;
  }

  private static String nameOf(String name) {
    return name.isEmpty() ? "(façade)" : name;
  }

  private static String topLevel(JavaClass c) {
    return c.getEnclosingClass().map(ArchitectureTest::topLevel).orElse(c.getName());
  }

  private static ModuleDescriptor moduleDescriptor() throws IOException {
    for (URL url : Collections.list(ArchitectureTest.class.getClassLoader().getResources("module-info.class"))) {
      try (var in = url.openStream()) {
        var descriptor = ModuleDescriptor.read(in);
        if (descriptor.name().equals(ROOT)) {
          return descriptor;
        }
      }
    }
    throw new AssertionError("no module-info.class of " + ROOT + " on the class path");
  }
}
