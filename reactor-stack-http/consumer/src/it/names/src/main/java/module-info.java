/** A program whose JVM resolves names by reactor-stack. */
module demo.names {
  requires io.reactorstack.dns.jvm;
}
