/** The demo, met as its users meet it. */
@NullMarked
package dev.dormouse.demo;

import org.jspecify.annotations.NullMarked;
