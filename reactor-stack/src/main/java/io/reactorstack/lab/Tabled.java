package io.reactorstack.lab;

/** A box of a lab that has tables. */
interface Tabled {

  /** Returns the tables as they are at present. */
  NodeTables tables();
}
