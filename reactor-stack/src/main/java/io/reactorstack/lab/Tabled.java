package io.reactorstack.lab;

/** A host, or another box of a lab, whose tables {@link Lab#tables} shows. */
interface Tabled {

  /** Returns the tables as they are at present. */
  NodeTables tables();
}
