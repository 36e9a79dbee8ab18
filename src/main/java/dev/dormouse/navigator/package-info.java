/** Reads the configuration of Navigator, a reverse proxy, as manifests. Pure. */
@NullMarked
package dev.dormouse.navigator;

import org.jspecify.annotations.NullMarked;
