package io.reactorstack.http.fetch;

import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The result of the command, run in this process. */
record Ran(int code, byte[] bytes, String err) {

  static Ran fetch(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    int code = Fetch.run(out, new PrintWriter(err, true), false, args);
    return new Ran(code, out.toByteArray(), err.toString());
  }

  String page() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  List<String> errorLines() {
    return err.lines().toList();
  }
}
