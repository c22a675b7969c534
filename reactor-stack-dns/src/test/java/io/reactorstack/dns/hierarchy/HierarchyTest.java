package io.reactorstack.dns.hierarchy;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.RequiresNetAdmin;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@RequiresNetAdmin
class HierarchyTest {
  private static RealHierarchy hierarchy;

  @BeforeAll
  static void start() {
    long t = System.nanoTime();
    hierarchy = RealHierarchy.start();
    System.out.println("UP ms " + (System.nanoTime() - t) / 1000000);
  }

  @AfterAll
  static void stop() {
    long t = System.nanoTime();
    if (hierarchy != null) {
      hierarchy.close();
    }
    System.out.println("DOWN ms " + (System.nanoTime() - t) / 1000000);
  }

  @Test
  void dump() throws Exception {
    long t = System.nanoTime();
    List<Expected> all = hierarchy.reference(Names.all());
    System.out.println("ASKED ms " + (System.nanoTime() - t) / 1000000 + " " + all.size());
    java.nio.file.Files.write(java.nio.file.Path.of("/tmp/hierp/dump"), all.stream().map(Object::toString).toList());
    assertThat(all).hasSizeGreaterThan(200);
  }
}
