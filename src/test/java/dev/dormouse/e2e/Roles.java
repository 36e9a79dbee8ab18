package dev.dormouse.e2e;

import java.net.InetSocketAddress;

/** Operator and activators of a cluster's stage. */
interface Roles extends AutoCloseable {
  /** Does nothing if it runs. */
  void startOperator();

  /** Its leadership ends with it; what it has started runs on. */
  void stopOperator();

  /** One that no other call has returned. */
  Door startActivator();

  /** Of a process that runs in the JVM of the tests and belongs to these: where its Lease is. */
  String home();

  @Override
  void close();

  /** An activator. To close it is to kill it: nobody is asked to leave. */
  interface Door extends AutoCloseable {
    /** Where its clients connect. */
    InetSocketAddress address();

    /** Where it tells of itself. */
    InetSocketAddress admin();

    @Override
    void close();
  }
}
