package io.reactorstack.kernel;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/**
 * The kernel's side of a transfer, a separate program because a JVM lives in one network namespace: {@code
 * listen|connect send|receive HOST PORT BYTES SEED}. It sends pseudo-random bytes, or receives to the end of the
 * stream, and prints their number and their SHA-256.
 */
public final class KernelEnd {

  private static final int CHUNK = 1 << 16;

  private KernelEnd() {}

  /** Runs one transfer. */
  public static void main(String[] arguments) throws Exception {
    boolean listens = arguments[0].equals("listen");
    boolean sends = arguments[1].equals("send");
    InetSocketAddress address = new InetSocketAddress(arguments[2], Integer.parseInt(arguments[3]));
    long bytes = Long.parseLong(arguments[4]);
    long seed = Long.parseLong(arguments[5]);
    try (Socket socket = listens ? accept(address) : connect(address)) {
      String result = sends ? send(socket, bytes, seed) : receive(socket);
      System.out.println("RESULT " + result);
    }
  }

  private static Socket accept(InetSocketAddress address) throws IOException {
    try (ServerSocket server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(address);
      return server.accept();
    }
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    socket.connect(address);
    return socket;
  }

  private static String send(Socket socket, long bytes, long seed) throws IOException {
    MessageDigest digest = sha256();
    OutputStream out = new DataOutputStream(socket.getOutputStream());
    for (Chunks chunks = new Chunks(bytes, seed); chunks.hasNext();) {
      byte[] chunk = chunks.next();
      digest.update(chunk);
      out.write(chunk);
    }
    socket.shutdownOutput();
    // Waits for the peer's FIN, after which it has received everything.
    if (socket.getInputStream().read() >= 0) {
      throw new IOException("the receiver has sent data");
    }
    return bytes + " " + HexFormat.of().formatHex(digest.digest());
  }

  private static String receive(Socket socket) throws IOException {
    MessageDigest digest = sha256();
    InputStream in = socket.getInputStream();
    byte[] chunk = new byte[CHUNK];
    long received = 0;
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      digest.update(chunk, 0, n);
      received += n;
    }
    return received + " " + HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Pseudo-random bytes in chunks. */
  static final class Chunks {

    private final Random random;
    private long left;

    Chunks(long bytes, long seed) {
      this.left = bytes;
      this.random = new Random(seed);
    }

    boolean hasNext() {
      return left > 0;
    }

    byte[] next() {
      byte[] chunk = new byte[(int) Math.min(CHUNK, left)];
      random.nextBytes(chunk);
      left -= chunk.length;
      return chunk;
    }
  }
}
