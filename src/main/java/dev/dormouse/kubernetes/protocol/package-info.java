/**
 * The stake protocol: how activators and operator agree through the API server, without knowing of
 * one another, on who may connect and what may be stopped. Knows no Kubernetes library.
 */
@NullMarked
package dev.dormouse.kubernetes.protocol;

import org.jspecify.annotations.NullMarked;
