/** Tests of a user, as a module. */
open module demo.world {
  requires io.reactorstack.test;
  requires org.junit.platform.launcher;
}
