/**
 * From the fields of one document to a valid service, or to all of its mistakes. Nothing here looks
 * at another document. Begin with SpecReader.
 */
@NullMarked
package dev.dormouse.api.spec;

import org.jspecify.annotations.NullMarked;
