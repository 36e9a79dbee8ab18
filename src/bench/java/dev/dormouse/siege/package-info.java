/** Ten thousand hostile clients of each kind, and what innocent ones notice of them. */
package dev.dormouse.siege;
