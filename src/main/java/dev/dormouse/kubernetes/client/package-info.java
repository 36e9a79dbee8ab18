/** The API server as both roles use it: requests, informers, the lease of a process. */
@NullMarked
package dev.dormouse.kubernetes.client;

import org.jspecify.annotations.NullMarked;
