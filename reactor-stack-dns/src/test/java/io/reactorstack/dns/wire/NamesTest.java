package io.reactorstack.dns.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;

/** Names as texts and back. */
class NamesTest {

  private static final long SEED = 20261201;

  @Test
  void textHasNoTrailingDotAndKeepsTheCase() {
    assertThat(Names.text(Name.fromConstantString("WWW.example-1._tcp.Lab."))).isEqualTo("WWW.example-1._tcp.Lab");
    assertThat(Names.text(Name.fromConstantString("lab."))).isEqualTo("lab");
    assertThat(Names.text(Name.root)).isEqualTo(".");
  }

  @Test
  void textOfAnyOctetsCanBeReadAgain() throws Exception {
    Random random = new Random(SEED);
    for (int n = 0; n < 20_000; n++) {
      ByteArrayOutputStream wire = new ByteArrayOutputStream();
      for (int labels = random.nextInt(4); labels > 0; labels--) {
        byte[] label = new byte[1 + random.nextInt(63)];
        boolean plain = random.nextBoolean();
        for (int i = 0; i < label.length; i++) {
          label[i] = (byte) (plain ? 'a' + random.nextInt(26) : random.nextInt(256));
        }
        wire.write(label.length);
        wire.write(label);
      }
      wire.write(0);
      Name name = new Name(wire.toByteArray());
      String text = Names.text(name);
      assertThat(text).as("seed " + SEED + ", name " + n).isEqualTo(name.equals(Name.root) ? "." : name.toString(true));
      assertThat(Names.absolute(text)).isEqualTo(name);
    }
  }
}
