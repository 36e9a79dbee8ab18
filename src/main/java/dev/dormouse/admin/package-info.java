/** The admin port: probes, metrics, the services as JSON, and the page that shows them live. */
@NullMarked
package dev.dormouse.admin;

import org.jspecify.annotations.NullMarked;
