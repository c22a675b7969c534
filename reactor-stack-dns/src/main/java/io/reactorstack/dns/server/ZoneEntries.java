package io.reactorstack.dns.server;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a zone file into its entries: a line, or several lines that parentheses hold together (RFC 1035 section 5.1).
 */
final class ZoneEntries {

  /**
   * An entry that has more than a comment.
   *
   * @param line the number of its first line, from 1
   * @param text its text without the end of the line
   * @param closed whether each of its parentheses is closed
   */
  record Entry(int line, String text, boolean closed) {

    boolean isDirective() {
      return text.startsWith("$");
    }

    /** Returns whether the entry names its owner; one that starts with white space has that of the entry before it. */
    boolean hasOwner() {
      return text.charAt(0) != ' ' && text.charAt(0) != '\t';
    }

    /** Returns the words of a directive. */
    List<String> words() {
      int comment = text.indexOf(';');
      String code = comment < 0 ? text : text.substring(0, comment);
      return List.of(code.strip().split("\\s+"));
    }
  }

  private final String text;
  private final List<Entry> entries = new ArrayList<>();

  /** The offset and line of the present entry's start. */
  private int start;
  private int startLine = 1;
  private int line = 1;

  private int depth;
  private boolean quoted;
  private boolean comment;

  private ZoneEntries(String text) {
    this.text = text;
  }

  static List<Entry> of(String text) {
    ZoneEntries splitter = new ZoneEntries(text);
    splitter.split();
    return splitter.entries;
  }

  private void split() {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        onNewline(i);
      } else if (!comment) {
        if (c == '\\' && i + 1 < text.length() && text.charAt(i + 1) != '\n') {
          i++; // whatever follows is not special
        } else {
          onCharacter(c);
        }
      }
    }
    end(text.length());
  }

  private void onNewline(int at) {
    comment = false;
    line++;
    // A line that ends within quotes is an error, which must not hide the entries after it.
    if (depth == 0 || quoted) {
      end(at);
    }
  }

  private void onCharacter(char c) {
    switch (c) {
      case '"' -> quoted = !quoted;
      case ';' -> comment = !quoted;
      case '(' -> depth += quoted ? 0 : 1;
      case ')' -> depth -= quoted || depth == 0 ? 0 : 1;
      default -> {}
    }
  }

  private void end(int at) {
    String entry = text.substring(start, at > start && text.charAt(at - 1) == '\r' ? at - 1 : at);
    String code = entry.strip();
    if (!code.isEmpty() && !code.startsWith(";")) {
      entries.add(new Entry(startLine, entry, depth == 0));
    }
    start = Math.min(at + 1, text.length());
    startLine = line;
    quoted = false;
    depth = 0;
  }
}
