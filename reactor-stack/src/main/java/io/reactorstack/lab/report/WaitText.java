package io.reactorstack.lab.report;

/** What a world was waited for, as text. */
final class WaitText {

  private WaitText() {}

  static String of(WaitLook wait, WorldLook world) {
    StringBuilder text = new StringBuilder();
    wait.publisher().forEach(line -> TextTable.wrap(text, "  publisher  ", line));
    wait.threads().forEach(line -> TextTable.wrap(text, "  thread     ", line));
    if (wait.next() != Long.MAX_VALUE) {
      TextTable.wrap(text, "  next       ", "in " + Spans.text(wait.next() - world.nanos()));
    }
    return text.toString();
  }
}
