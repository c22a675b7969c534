package io.reactorstack.http.examples;

import io.netty.buffer.Unpooled;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.imageio.ImageIO;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;

/**
 * A page of fifty squares, each of which needs its own resource, and the picture that a browser must render from it.
 */
final class Mosaic {

  static final int SQUARES = 50;
  static final int COLUMNS = 10;
  static final int SIDE = 40;
  static final int WIDTH = COLUMNS * SIDE;
  static final int HEIGHT = SQUARES / COLUMNS * SIDE;

  private static final Color BY_STYLE = new Color(0xcc3311);
  private static final Color BY_SCRIPT = new Color(0x0077bb);
  private static final Color BY_DATA = new Color(0x009988);
  private static final Color BY_DRAWING = new Color(0xee7733);

  /** A received request and its protocol. */
  record Request(String path, String protocol) {}

  private record Resource(String type, byte[] body) {}

  private final Map<String, Resource> resources = new TreeMap<>();
  private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
  private final BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);

  Mosaic(long seed) {
    text("/style.css", "text/css", "body{margin:0} div,img{position:absolute;width:40px;height:40px} #q0{background:"
        + css(BY_STYLE) + "}");
    text("/script.js", "text/javascript", "document.getElementById('q1').style.background='" + css(BY_SCRIPT)
        + "';fetch('/data.json').then(r=>r.json()).then(d=>document.getElementById('q2').style.background=d.colour)");
    text("/data.json", "application/json", "{\"colour\":\"" + css(BY_DATA) + "\"}");
    text("/drawing.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'>"
        + "<rect width='40' height='40' fill='" + css(BY_DRAWING) + "'/></svg>");
    StringBuilder page = new StringBuilder("<!doctype html><html><head><title>mosaic</title>"
        + "<link rel=icon href='data:,'><link rel=stylesheet href=/style.css></head><body>");
    for (int i = 0; i < 3; i++) {
      page.append("<div id=q").append(i).append(' ').append(place(i)).append("></div>");
    }
    page.append("<img src=/drawing.svg ").append(place(3)).append('>');
    Color[] plain = {BY_STYLE, BY_SCRIPT, BY_DATA, BY_DRAWING};
    Random random = new Random(seed);
    Graphics2D graphics = picture.createGraphics();
    for (int i = 0; i < SQUARES; i++) {
      BufferedImage square = i < plain.length ? filled(plain[i]) : noise(random);
      graphics.drawImage(square, x(i), y(i), null);
      if (i >= plain.length) {
        resources.put("/" + i + ".png", new Resource("image/png", png(square)));
        page.append("<img src=/").append(i).append(".png ").append(place(i)).append('>');
      }
    }
    graphics.dispose();
    text("/", "text/html", page.append("<script src=/script.js></script></body></html>").toString());
  }

  private static int x(int square) {
    return square % COLUMNS * SIDE;
  }

  private static int y(int square) {
    return square / COLUMNS * SIDE;
  }

  private static String place(int square) {
    return "style='left:%dpx;top:%dpx'".formatted(x(square), y(square));
  }

  private static String css(Color color) {
    return "#%06x".formatted(color.getRGB() & 0xffffff);
  }

  private void text(String path, String type, String body) {
    resources.put(path, new Resource(type, body.getBytes(StandardCharsets.UTF_8)));
  }

  private static BufferedImage filled(Color color) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(color);
    graphics.fillRect(0, 0, SIDE, SIDE);
    graphics.dispose();
    return image;
  }

  /** A picture that does not compress, so that a truncated square is visible. */
  private static BufferedImage noise(Random random) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < SIDE; x++) {
      for (int y = 0; y < SIDE; y++) {
        image.setRGB(x, y, random.nextInt(1 << 24));
      }
    }
    return image;
  }

  private static byte[] png(BufferedImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  void routes(HttpServerRoutes routes) {
    resources.forEach((path, resource) -> routes.get(path, (request, response) -> serve(resource, request, response)));
  }

  private Mono<Void> serve(Resource resource, HttpServerRequest request, HttpServerResponse response) {
    requests.add(new Request(request.fullPath(), request.version().toString()));
    return response.header("content-type", resource.type()).header("cache-control", "no-store")
        .sendObject(Unpooled.wrappedBuffer(resource.body())).then();
  }

  /** Returns the paths of the page and its resources. */
  Iterable<String> paths() {
    return resources.keySet();
  }

  /** Returns the requests received so far. */
  Queue<Request> requests() {
    return requests;
  }

  /** Returns the picture that a browser shows if it has received all resources. */
  BufferedImage picture() {
    return picture;
  }
}
