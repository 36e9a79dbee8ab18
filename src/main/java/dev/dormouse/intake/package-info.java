/** What both listening addresses do with the bytes of strangers before anybody parses them. */
@NullMarked
package dev.dormouse.intake;

import org.jspecify.annotations.NullMarked;
