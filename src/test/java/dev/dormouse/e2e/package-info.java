/** The product as it is built, with real programs on both sides. */
@NullMarked
package dev.dormouse.e2e;

import org.jspecify.annotations.NullMarked;
