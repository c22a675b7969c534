package io.reactorstack.kernel;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * An echo server on the kernel's TCP, and a client of it that begins to read late: {@code serve HOST PORT CONNECTIONS}
 * or {@code ask HOST PORT BYTES SEED MILLIS}. The server blocks: while it cannot write, it does not read. The client
 * prints the number of octets received, their SHA-256 and the duration in milliseconds.
 */
public final class KernelEcho {

  private KernelEcho() {}

  /** Runs the server, or one request of the client. */
  public static void main(String[] arguments) throws Exception {
    InetSocketAddress address = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
    if (arguments[0].equals("serve")) {
      serve(address, Integer.parseInt(arguments[3]));
    } else {
      ask(address, Long.parseLong(arguments[3]), Long.parseLong(arguments[4]), Long.parseLong(arguments[5]));
    }
  }

  private static void serve(InetSocketAddress address, int connections) throws Exception {
    try (ServerSocket server = new ServerSocket(address.getPort(), 10, InetAddress.getByName(address.getHostString()));
        var threads = Executors.newCachedThreadPool()) {
      for (int i = 0; i < connections; i++) {
        Socket socket = server.accept();
        threads.submit(() -> {
          try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] chunk = new byte[1 << 16];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
              out.write(chunk, 0, n);
            }
          }
          return null;
        });
      }
    }
  }

  private static void ask(InetSocketAddress address, long bytes, long seed, long millis) throws Exception {
    long began = System.nanoTime();
    try (Socket socket = new Socket(address.getHostString(), address.getPort());
        var timer = Executors.newScheduledThreadPool(2)) {
      timer.submit(() -> {
        OutputStream out = socket.getOutputStream();
        for (KernelEnd.Chunks chunks = new KernelEnd.Chunks(bytes, seed); chunks.hasNext();) {
          out.write(chunks.next());
        }
        socket.shutdownOutput();
        return null;
      });
      System.out.println("RESULT " + timer.schedule(() -> read(socket), millis, TimeUnit.MILLISECONDS).get() + " "
          + (System.nanoTime() - began) / 1_000_000);
    }
  }

  private static String read(Socket socket) throws Exception {
    MessageDigest digest = KernelEnd.sha256();
    InputStream in = socket.getInputStream();
    byte[] chunk = new byte[1 << 16];
    long received = 0;
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      digest.update(chunk, 0, n);
      received += n;
    }
    return received + " " + HexFormat.of().formatHex(digest.digest());
  }
}
