/**
 * Kernel facts behind derived fields.
 * @module
 */

/** Bits of TCP states that prove a handshake: ESTABLISHED, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE_WAIT, LAST_ACK, CLOSING. */
export const ESTABLISHED_TRANSITIONS = [1, 4, 5, 6, 8, 9, 11].reduce((mask, state) => mask | (1 << state), 0);

/** Linux errno values (asm-generic/errno.h) by cause, and which end the error tells to be the cause. */
export const FAILURES = [
  // EPIPE is what a reset after the peer's FIN leaves (tcp_reset in CLOSE_WAIT).
  { cause: 'reset', errnos: [104, 32], by: 'remote' },
  { cause: 'refused', errnos: [111], by: 'remote' },
  { cause: 'timeout', errnos: [110], by: null },
  { cause: 'host_unreachable', errnos: [113], by: null },
  { cause: 'network_unreachable', errnos: [101], by: null },
];
