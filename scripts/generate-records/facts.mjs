/**
 * Kernel facts behind derived fields.
 * @module
 */

/** Linux errno values (asm-generic/errno.h) by cause, and which end the error tells to be the cause. */
export const FAILURES = [
  // EPIPE is what a reset after the peer's FIN leaves (tcp_reset in CLOSE_WAIT).
  { cause: 'reset', errnos: [104, 32], by: 'remote' },
  { cause: 'refused', errnos: [111], by: 'remote' },
  { cause: 'timeout', errnos: [110], by: null },
  { cause: 'host_unreachable', errnos: [113], by: null },
  { cause: 'network_unreachable', errnos: [101], by: null },
];
