/** A user's tests, as a module. */
open module demo.world {
  requires io.reactorstack.test;
  requires org.junit.platform.launcher;
}
