/** The operator: decides for every service, and owns what runs and what leads there. */
@NullMarked
package dev.dormouse.kubernetes.operator;

import org.jspecify.annotations.NullMarked;
