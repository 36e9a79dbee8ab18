/**
 * The fields of the resource with their shapes and defaults, the text of a document with its lines,
 * and what is wrong with it. Knows nothing of what a service does. Begin with Schema.
 */
@NullMarked
package dev.dormouse.api.schema;

import org.jspecify.annotations.NullMarked;
