/**
 * The operator: a pass over each service whenever something of it has changed, and what people are
 * told of it. Begin with KubernetesOperator.
 */
@NullMarked
package dev.dormouse.kubernetes.operator;

import org.jspecify.annotations.NullMarked;
