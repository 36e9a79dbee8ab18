/**
 * The operator's side of the protocol: stakes are the demand, pods the workload, and a patch that
 * an arrival has overtaken is decided again. Does not know the activators'. Begin with ServicePass.
 */
@NullMarked
package dev.dormouse.kubernetes.pass;

import org.jspecify.annotations.NullMarked;
