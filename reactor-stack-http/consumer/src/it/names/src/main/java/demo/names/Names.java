package demo.names;

import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.jvm.JvmResolver;
import io.reactorstack.packet.IpAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/** Looks up a name that only its own resolver knows. */
public final class Names {

  private Names() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("demo runs " + (Names.class.getModule().isNamed() ? "as a module" : "on the class path"));
    JvmResolver.use(DnsResolver.create().hosts(Map.of("db.test", List.of(IpAddress.parse("10.0.0.5")))));
    System.out.println(InetAddress.getByName("db.test"));
  }
}
