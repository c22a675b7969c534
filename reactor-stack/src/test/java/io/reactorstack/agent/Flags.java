package io.reactorstack.agent;

import java.util.HashMap;
import java.util.Map;

/** The network parameters of HELLO: {@code key=value} pairs. */
record Flags(String local, String gateway, int mtu) {

  /** Parses the pairs; unknown keys are ignored, and missing ones have the values of IPv4 runs. */
  static Flags parse(String text) {
    Map<String, String> pairs = new HashMap<>();
    for (String pair : text.split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        pairs.put(pair.substring(0, equals).trim(), pair.substring(equals + 1).trim());
      }
    }
    String local = pairs.getOrDefault("local", "192.168.0.1");
    boolean v4 = local.indexOf(':') < 0;
    String gateway = pairs.getOrDefault("gateway", v4 ? "192.168.0.2" : "fd3d:a0b:17d6::2");
    String mtu = pairs.get("mtu");
    return new Flags(
        local.indexOf('/') > 0 ? local : local + (v4 ? "/16" : "/48"),
        gateway.replaceFirst("/.*", ""),
        mtu != null ? Integer.parseInt(mtu) : v4 ? 1500 : 1520);
  }

  boolean isV4() { return local.indexOf(':') < 0; }
}
