/** Measures Dormouse beside its peers; see {@code src/bench/run}. Needs nothing but the JDK. */
package dev.dormouse.bench;
