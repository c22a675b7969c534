/** A consumer: it requires one module, as its POM declares one artefact. */
module demo {
  requires io.reactorstack.http;
}
