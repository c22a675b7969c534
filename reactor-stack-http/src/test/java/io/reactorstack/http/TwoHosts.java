package io.reactorstack.http;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Impairment;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.Http3SslContextSpec;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider;

/** A client and a web host on a switch, with a certificate for {@code www.example.lab}. */
final class TwoHosts implements AutoCloseable {

  static final String NAME = "www.example.lab";
  static final String WEB = "10.0.0.2";

  private static final X509Bundle CERTIFICATE = certificate();

  final Lab lab;
  final Host client;
  final Host web;
  final DnsResolver resolver;

  TwoHosts(Lab lab, UnaryOperator<Impairment> wire) {
    this.lab = lab;
    Switch lan = lab.newSwitch("lan");
    client = lab.host("client").address("10.0.0.1/24").wire(wire).connectTo(lan);
    web = lab.host("web").address(WEB + "/24").connectTo(lan);
    resolver = DnsResolver.create(client.stack()).hosts(Map.of(NAME, List.of(IpAddress.parse(WEB))));
  }

  private static X509Bundle certificate() {
    try {
      return new CertificateBuilder().ecp256().subject("CN=" + NAME).addSanDnsName(NAME)
          .setIsCertificateAuthority(true).buildSelfSigned();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static SslProvider.GenericSslContextSpec<?> serverTls() {
    return Http11SslContextSpec.forServer(CERTIFICATE.getKeyPair().getPrivate(), CERTIFICATE.getCertificate());
  }

  static SslProvider.GenericSslContextSpec<?> serverTls2() {
    return Http2SslContextSpec.forServer(CERTIFICATE.getKeyPair().getPrivate(), CERTIFICATE.getCertificate());
  }

  static SslProvider.GenericSslContextSpec<?> serverTls3() {
    return Http3SslContextSpec.forServer(CERTIFICATE.getKeyPair().getPrivate(), null, CERTIFICATE.getCertificate());
  }

  static SslProvider.GenericSslContextSpec<?> clientTls() {
    return Http11SslContextSpec.forClient().configure(context -> context.trustManager(CERTIFICATE.getCertificate()));
  }

  static SslProvider.GenericSslContextSpec<?> clientTls2() {
    return Http2SslContextSpec.forClient().configure(context -> context.trustManager(CERTIFICATE.getCertificate()));
  }

  static SslProvider.GenericSslContextSpec<?> clientTls3() {
    return Http3SslContextSpec.forClient().configure(context -> context.trustManager(CERTIFICATE.getCertificate()));
  }

  HttpServer server(int port) {
    return StackHttp.server(web.stack(), new InetSocketAddress(WEB, port));
  }

  HttpClient client() {
    return StackHttp.client(client.stack(), resolver);
  }

  HttpClient client(ConnectionProvider pool) {
    return StackHttp.client(client.stack(), resolver, pool);
  }

  <T> T await(Mono<T> mono) {
    return lab.await(mono);
  }

  String get(HttpClient with, String uri) {
    return await(with.get().uri(uri).responseContent().aggregate().asString());
  }

  @Override
  public void close() {
    lab.close();
  }
}
