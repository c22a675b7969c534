/** A consumer: it names one module, as its POM names one artefact. */
module demo {
  requires io.reactorstack.http;
}
