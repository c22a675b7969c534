package io.reactorstack.benchmarks.suite;

import java.awt.Color;
import java.awt.Dimension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.w3c.dom.Document;

/** Draws the quantities of a group as bars with their spread, as SVG. */
final class Plot {

  private static final int WIDTH = 760;
  private static final int HEIGHT = 420;
  private static final int LABEL_DEGREES = 20;
  private static final Color BAR = new Color(0x35, 0x6a, 0x9c);

  private Plot() {}

  /** Writes a file for each quantity of the group into {@code folder}. */
  static void write(GroupReport report, Path folder) throws IOException {
    for (GroupReport.Measured measured : report.measured()) {
      String suffix = report.measured().size() == 1
          ? ""
          : "-" + measured.quantity().name().replaceAll("[^A-Za-z0-9]+", "-");
      draw(chart(report, measured), folder.resolve(report.group() + suffix + ".svg"));
    }
  }

  private static CategoryChart chart(GroupReport report, GroupReport.Measured measured) {
    Quantity quantity = measured.quantity();
    CategoryChart chart = new CategoryChartBuilder().width(WIDTH).height(HEIGHT)
        .title(report.group() + ": " + quantity.name() + (quantity.moreIsBetter() ? "" : " (less is better)"))
        .yAxisTitle(quantity.unit()).build();
    List<String> names = measured.series().stream().map(GroupReport.Series::contestant).toList();
    // The labels of the bars have all digits of their values.
    List<Double> medians = measured.series().stream()
        .map(series -> Double.valueOf(Console.text(series.spread().median()))).toList();
    // XChart has one length for both ends of an error bar: the longer one is drawn.
    List<Double> errors = measured.series().stream().map(GroupReport.Series::spread)
        .map(spread -> Math.max(spread.greatest() - spread.median(), spread.median() - spread.least())).toList();
    chart.addSeries(quantity.name(), names, medians, errors).setFillColor(BAR);
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setXAxisLabelRotation(LABEL_DEGREES);
    chart.getStyler().setLabelsVisible(true);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    return chart;
  }

  private static void draw(CategoryChart chart, Path file) throws IOException {
    SVGGraphics2D graphics = new SVGGraphics2D(document());
    chart.paint(graphics, WIDTH, HEIGHT);
    graphics.setSVGCanvasSize(new Dimension(WIDTH, HEIGHT));
    try (var writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      graphics.stream(writer, true);
    }
  }

  private static Document document() {
    try {
      return DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().getDOMImplementation()
          .createDocument("http://www.w3.org/2000/svg", "svg", null);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }
}
