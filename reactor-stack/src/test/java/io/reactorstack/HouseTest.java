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
class HouseTest {
  private static final String HOUSE = "io.reactorstack";

  /**
   * The packages, lowest layer first: a package may use only those before it. A package without an entry of its own
   * belongs to the one that encloses it.
   */
  static final List<String> ROOMS = List.of(
      "setting",
      "packet",
      "name",
      "layer",
      "wire",
      "device",
      "ethernet",
      "neighbor",
      "ip",
      "ip.host",
      "ip.input",
      "ip.output",
      "icmp",
      "multicast",
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
  static final List<String> PURE = List.of("setting", "wire", "tcp.congestion", "tcp.model",
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
          "udp", "icmp", "ip.event", "spi", "netty",
          "lab",
          "telemetry")
      .map(HouseTest::packageOf)
      .collect(Collectors.toUnmodifiableSet());

  static boolean isApi(String room) {
    return API.contains(packageOf(room));
  }

  /**
   * Classes (by full name) that may read a real clock or draw real random numbers. Each entry needs its reason beside
   * it.
   */
  private static final Set<String> MAY_TOUCH_REALITY = Set.of(
      "io.reactorstack.device.Capture", // a capture of the real world shows the time of day
      "io.reactorstack.lab.jdk.ChanceRewriting", // makes the JDK's random sources draw from the current thread's seed
      "io.reactorstack.lab.jdk.JdkChance", // tests its takeover of the real random numbers
      "io.reactorstack.lab.jdk.JdkClocks", // takes over the real clocks, and tests that
      "io.reactorstack.lab.RealTimeDrive" // the date of a lab in real time is the machine's
  );

  /** The number of arguments that a reader can still tell apart by position. */
  private static final int MOST_ARGUMENTS = 8;

  /** Records (by full name) that may have more components. Each entry needs its reason beside it. */
  private static final Set<String> MAY_HAVE_MANY_COMPONENTS = Set.of(
      "io.reactorstack.wire.Ipv4Header", // the fields of the header, in the order of RFC 791
      "io.reactorstack.wire.IpHeaders", // the common fields of the headers of both IP versions
      "io.reactorstack.wire.TcpSegment" // the fields of the header, in the order of RFC 9293
  );

  private static final JavaClasses ALL = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .importPackages(HOUSE);

  private static final JavaClasses HOUSE_CLASSES = ALL.that(
      DescribedPredicate.describe("have code", c -> !c.getSimpleName().equals("package-info")));

  @TestFactory
  Stream<DynamicTest> packagesUseOnlyLowerPackages() {
    return ROOMS.stream().map(room -> DynamicTest.dynamicTest(nameOf(room), () -> check(
        classes().that(liveIn(room)).should(useOnlyTheRoomsBelow(room)), inhabitants(room) == 0)));
  }

  @Test
  void everyListedPackageExistsAndEveryClassBelongsToOne() {
    var packages = ALL.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());
    assertThat(packages).as("packages of the project").containsAll(ROOMS.stream().map(HouseTest::packageOf).toList())
        .containsAll(API);
    assertThat(packages.stream().filter(p -> !p.equals(HOUSE) && roomOf(p).isEmpty()))
        .as("packages without an entry: add them to ROOMS and to the architecture page").isEmpty();
  }

  @Test
  void packagesHaveNoCycles() {
    var onePackageOneSlice = new SliceAssignment() {
      @Override
      public SliceIdentifier getIdentifierOf(JavaClass c) {
        return c.getPackageName().startsWith(HOUSE) ? SliceIdentifier.of(c.getPackageName()) : SliceIdentifier.ignore();
      }

      @Override
      public String getDescription() { return "the packages of the project"; }
    };
    check(slices().assignedFrom(onePackageOneSlice).should().beFreeOfCycles(), HOUSE_CLASSES.isEmpty());
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
        return Set.of(HOUSE, packageOf("host")).contains(c.getPackageName())
            ? SliceIdentifier.of(topLevel(c))
            : SliceIdentifier.ignore();
      }

      @Override
      public String getDescription() { return "the classes of the façade and of the host"; }
    };
    check(slices().assignedFrom(oneClassOneSlice).should().beFreeOfCycles()
        .ignoreDependency(NetworkStack.class, StackConfiguration.class), HOUSE_CLASSES.isEmpty());
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
    return PURE.stream().map(room -> DynamicTest.dynamicTest(nameOf(room), () -> check(
        noClasses().that(liveIn(room)).should().dependOnClassesThat(IMPURE), inhabitants(room) == 0)));
  }

  /** The codecs need no stack: of the project they use only the values of {@code packet}. */
  @Test
  void codecsUseOnlyPacket() {
    check(noClasses().that(liveIn("wire")).should().dependOnClassesThat(
        DescribedPredicate.describe("are in packages of the project other than packet",
            used -> roomOf(used.getPackageName())
                .filter(room -> !room.equals("wire") && !room.equals("packet")).isPresent())),
        inhabitants("wire") == 0);
  }

  /** TCP without I/O can be used without a stack: its packages use only values, codecs, checks and each other. */
  @TestFactory
  Stream<DynamicTest> tcpMachineUsesOnlySettingPacketAndWire() {
    var machine = List.of("tcp.congestion", "tcp.model", "tcp.recovery", "tcp.engine");
    var used = Stream.concat(Stream.of("setting", "packet", "wire"), machine.stream()).toList();
    return machine.stream().map(room -> DynamicTest.dynamicTest(room, () -> check(
        noClasses().that(liveIn(room)).should().dependOnClassesThat(DescribedPredicate.describe(
            "are in packages other than " + used,
            c -> roomOf(c.getPackageName()).filter(other -> !used.contains(other)).isPresent())),
        inhabitants(room) == 0)));
  }

  /** A pure package must not reach anything impure through other packages either. */
  @Test
  void purePackagesReachNoClockThreadOrRandomnessThroughOthers() {
    Map<String, String> leaks = new TreeMap<>();
    Map<JavaClass, String> ways = new HashMap<>();
    for (JavaClass inhabitant : HOUSE_CLASSES) {
      String room = roomOf(inhabitant.getPackageName()).orElse("");
      if (PURE.contains(room)) {
        for (JavaClass used : houseClassesUsedBy(inhabitant)) {
          String way = PURE.contains(roomOf(used.getPackageName()).orElse("")) ? "" : wayToImpurity(used, ways);
          if (!way.isEmpty()) {
            leaks.put(room + " -> " + topLevel(used).substring(HOUSE.length() + 1), inhabitant.getSimpleName() + way);
          }
        }
      }
    }
    assertThat(leaks).as("dependency paths from a pure package to impure classes").isEmpty();
  }

  private static Set<JavaClass> houseClassesUsedBy(JavaClass user) {
    return user.getDirectDependenciesFromSelf().stream()
        .map(dependency -> dependency.getTargetClass().getBaseComponentType())
        .filter(used -> used.getPackageName().startsWith(HOUSE))
        .collect(Collectors.toSet());
  }

  /** Returns the shortest dependency path from {@code from} to something impure, as text; empty if there is none. */
  private static String wayToImpurity(JavaClass from, Map<JavaClass, String> known) {
    String found = known.get(from);
    if (found != null) {
      return found;
    }
    Map<JavaClass, String> seen = new LinkedHashMap<>(Map.of(from, " -> " + from.getSimpleName()));
    Deque<JavaClass> toVisit = new ArrayDeque<>(List.of(from));
    String way = "";
    while (way.isEmpty() && !toVisit.isEmpty()) {
      JavaClass visited = toVisit.remove();
      String here = seen.get(visited);
      way = visited.getDirectDependenciesFromSelf().stream().map(d -> d.getTargetClass().getBaseComponentType())
          .filter(IMPURE).filter(impure -> !ADDRESSES.contains(impure.getName())).findFirst()
          .map(impure -> here + " -> " + impure.getName()).orElse("");
      for (JavaClass next : houseClassesUsedBy(visited)) {
        if (seen.putIfAbsent(next, here + " -> " + next.getSimpleName()) == null) {
          toVisit.add(next);
        }
      }
    }
    known.put(from, way);
    return way;
  }

  @Test
  void noClassReadsTheRealClockDrawsRealRandomNumbersOrSleeps() {
    check(classes()
        .that(DescribedPredicate.describe("are not on the allow-list",
            (JavaClass c) -> !MAY_TOUCH_REALITY.contains(topLevel(c))))
        .should(touchNoReality()), HOUSE_CLASSES.isEmpty());
  }

  @Test
  void classNamesHaveNoMeaninglessSuffix() {
    check(noClasses().should().haveNameMatching(".*(Impl|Util|Utils|Helper|Manager)"), HOUSE_CLASSES.isEmpty());
  }

  @Test
  void noConstructorHasMoreArgumentsThanAReaderCanTellApart() {
    var found = HOUSE_CLASSES.stream()
        .filter(c -> !MAY_HAVE_MANY_COMPONENTS.contains(c.getFullName()))
        .flatMap(c -> c.getConstructors().stream())
        .filter(constructor -> constructor.getRawParameterTypes().size() > MOST_ARGUMENTS)
        .map(constructor -> constructor.getFullName());
    assertThat(found).isEmpty();
  }

  @Test
  void moduleExportsTheApiAndNothingElse() throws IOException {
    var inhabited = HOUSE_CLASSES.stream()
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
    var found = HOUSE_CLASSES.stream()
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
    var found = HOUSE_CLASSES.stream()
        .filter(c -> Set.of(HOUSE, packageOf("spi")).contains(c.getPackageName()))
        .filter(c -> c.getModifiers().contains(JavaModifier.PUBLIC))
        .flatMap(c -> c.getMethods().stream())
        .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
        .filter(method -> method.getRawReturnType().isAssignableTo(Executor.class))
        .map(method -> method.getFullName());
    assertThat(found).isEmpty();
  }

  /** Checks the rule; only for a package without classes may the rule match nothing. */
  private static void check(ArchRule rule, boolean nobodyHome) {
    rule.allowEmptyShould(nobodyHome).check(HOUSE_CLASSES);
  }

  private static ArchCondition<JavaClass> useOnlyTheRoomsBelow(String room) {
    var position = ROOMS.indexOf(room);
    return new ArchCondition<>("use only lower packages") {
      @Override
      public void check(JavaClass inhabitant, ConditionEvents events) {
        for (var dependency : inhabitant.getDirectDependenciesFromSelf()) {
          var target = dependency.getTargetClass().getBaseComponentType().getPackageName();
          roomOf(target).filter(other -> ROOMS.indexOf(other) > position)
              .ifPresent(other -> events.add(SimpleConditionEvent.violated(
                  dependency, nameOf(room) + " is below " + nameOf(other) + ": " + dependency.getDescription())));
        }
      }
    };
  }

  private static ArchCondition<JavaClass> touchNoReality() {
    return new ArchCondition<>("read no real clock, draw no real random numbers and never sleep") {
      @Override
      public void check(JavaClass inhabitant, ConditionEvents events) {
        // Covers both calls and method references.
        for (JavaAccess<?> access : inhabitant.getAccessesFromSelf()) {
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

  private static DescribedPredicate<JavaClass> liveIn(String room) {
    return DescribedPredicate.describe("are in " + nameOf(room), c -> livesIn(room).test(c));
  }

  private static Predicate<JavaClass> livesIn(String room) {
    return c -> roomOf(c.getPackageName()).filter(room::equals).isPresent();
  }

  private static long inhabitants(String room) {
    return HOUSE_CLASSES.stream().filter(livesIn(room)).count();
  }

  /** Returns the innermost listed package that encloses a package. The root package encloses only itself. */
  private static Optional<String> roomOf(String packageName) {
    if (packageName.equals(HOUSE)) {
      return Optional.of("");
    }
    return ROOMS.stream()
        .filter(room -> !room.isEmpty() && (packageName + ".").startsWith(packageOf(room) + "."))
        .max(Comparator.comparingInt(String::length));
  }

  private static String packageOf(String room) {
    return room.isEmpty() ? HOUSE : HOUSE + "." + room;
  }

  private static String nameOf(String room) {
    return room.isEmpty() ? "(façade)" : room;
  }

  private static String topLevel(JavaClass c) {
    return c.getEnclosingClass().map(HouseTest::topLevel).orElse(c.getName());
  }

  private static ModuleDescriptor moduleDescriptor() throws IOException {
    for (URL url : Collections.list(HouseTest.class.getClassLoader().getResources("module-info.class"))) {
      try (var in = url.openStream()) {
        var descriptor = ModuleDescriptor.read(in);
        if (descriptor.name().equals(HOUSE)) {
          return descriptor;
        }
      }
    }
    throw new AssertionError("no module-info.class of " + HOUSE + " on the class path");
  }
}
