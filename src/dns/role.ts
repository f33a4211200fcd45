import type { Head } from './head.js';
import { SOURCE } from './layout.gen.js';

/** Places in enum DnsRole. */
export const ROLE = { client: 0, server: 1, observer: 2 } as const;

/** Whether the end that asks is `local` in what a record of this role says. */
export function asksLocally(role: number): boolean {
  return role !== ROLE.server;
}

/**
 * Whose end a message was seen at. What is seen at a device is turned, so that local is who asks.
 * @param response whether it is an answer
 * @returns place in enum DnsRole
 */
export function roleOf(head: Head, response: boolean): number {
  switch (head.source) {
    case SOURCE.cgroup_out:
      return response ? ROLE.server : ROLE.client;
    case SOURCE.cgroup_in:
      return response ? ROLE.client : ROLE.server;
    default: {
      // Local is the source of what leaves or is for others, and the destination of what arrives.
      const isFromLocal = head.source !== SOURCE.packet_in;
      if (isFromLocal === response) head.turn();
      return ROLE.observer;
    }
  }
}
