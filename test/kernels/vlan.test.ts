/** DNS over VLAN devices, which not every machine has: what is seen at the wires of a namespace (option netns), with the tag beside the packet or in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { KIND, NO_VLAN, SEGMENT, SOURCE, UDP } from '../../src/dns/layout.gen.js';
import { COMMAND, inFolder } from '../live/support/checkout.js';
import { expectClosedDns } from '../live/support/dns/observed.js';
import { readDns } from '../live/support/dns/records.js';
import { readAll } from '../recording/helpers.js';
import { need } from '../support/require.js';
import { compareDns } from './dns.js';
import { lacksVm, runGuest } from './guest.js';
import { chosenKernels } from './kernels.js';
import { isDone } from './plan.js';
import type { ExpectedDnsEnd } from './result.js';
import { checkVerify } from './verified.js';

/** ms, with those before it. */
const TIMEOUT = 3600_000;

/** Of guest/vlan.py. */
const NEAR = 'ct-tag-a';
const [ASIDE, INSIDE] = [100, 101];
/** Tag control information with its priority. */
const PRIORITY = 1 << 13;

interface Told {
  readonly ends: readonly ExpectedDnsEnd[];
  /** Number by name. */
  readonly devices: Readonly<Record<string, number>>;
  readonly netns: number;
  readonly status: number;
  readonly text: string;
}

const lack = lacksVm();
/** The feature does not run on 5.10. */
const KERNELS = chosenKernels()
  .map(({ name }) => name)
  .filter((name) => name !== '5.10' && isDone('vlan', name));

/** How often each datagram of this VLAN was told at which device, by direction and tag: `out DEVICE TAG` → how many. */
async function seenAt(path: string, vlan: number, { devices, netns }: Told): Promise<Record<string, number>> {
  const nameOf = new Map(Object.entries(devices).map(([name, index]) => [index, name]));
  const seen: Record<string, number> = {};
  for (const { kind, payload } of (await readAll(path)).frames) {
    if (kind !== KIND.segment) continue;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const source = view.getUint8(SEGMENT.source);
    const isOurs = view.getUint8(SEGMENT.protocol) === UDP && view.getUint32(SEGMENT.netns_inode, true) === netns;
    if (!isOurs || (source !== SOURCE.packet_in && source !== SOURCE.packet_out)) continue;
    const message = Buffer.from(payload.subarray(SEGMENT.bytes)).toString('latin1');
    if (!message.includes(`vlan${vlan}family`)) continue;
    const tag = view.getUint16(SEGMENT.vlan, true);
    const what = `${source === SOURCE.packet_out ? 'out' : 'in'} ${nameOf.get(view.getUint32(SEGMENT.ifindex, true))} ${tag === NO_VLAN ? 'none' : tag}`;
    seen[what] = (seen[what] ?? 0) + 1;
  }
  return seen;
}

test.concurrent.for(KERNELS)('Linux %s', { timeout: TIMEOUT }, async (kernel, context) => {
  need(context, 'kernels', lack);
  const { expect } = context;
  await inFolder(async (folder) => {
    const out = join(folder, 'out');
    const { status, log } = await runGuest(context, kernel, ['-t', '900', '-M', '8021q'], ['vlan.py', COMMAND], out);
    expect(status, log).toBe(0);
    const told = JSON.parse(readFileSync(join(out, 'vlan.json'), 'utf8')) as Told;
    expect(told.status, told.text).toBe(EXIT.ok);
    const lines = readDns(join(out, 'vlan.ndjson'));
    // Each query once at each end, and once on the wire, however many devices it came by.
    const clients = told.ends.filter(({ role }) => role === 'client');
    const observed = clients.map((end) => ({ ...end, role: 'observer', pid: 0, process: '' }));
    expect(compareDns([...told.ends, ...observed], lines).wrong).toEqual([]);
    const datagrams = (vlan: number) =>
      clients.filter(({ name, transport }) => name.includes(`vlan${vlan}family`) && transport === 'udp');
    for (const vlan of [ASIDE, INSIDE]) {
      // What goes into a device that writes its tag into the frame has it there already; what comes out of either is IP by the kernel's word.
      // 6.18.15 does not say so at that device, 6.1, 6.12 and 7.3 do.
      const enters = vlan === INSIDE ? [vlan + PRIORITY, 'none'] : ['none'];
      const asked = datagrams(vlan).length;
      const answered = datagrams(vlan).filter(({ rcode }) => rcode !== null).length;
      expect(asked).toBeGreaterThan(answered);
      const {
        [`out ${NEAR}.${vlan} ${enters[0]}`]: first,
        [`out ${NEAR}.${vlan} ${enters[1]}`]: other,
        ...seen
      } = await seenAt(join(out, 'vlan.ctr'), vlan, told);
      expect(first ?? other, `VLAN ${vlan}`).toBe(asked);
      expect(seen, `VLAN ${vlan}`).toEqual({
        [`out ${NEAR} ${vlan + PRIORITY}`]: asked,
        [`in ${NEAR} ${vlan}`]: answered,
        [`in ${NEAR}.${vlan} none`]: answered,
      });
    }
    const { lost, causes } = expectClosedDns(join(out, 'vlan.ndjson'));
    expect(lost, JSON.stringify(causes)).toBe(0);
    checkVerify(expect, join(out, 'vlan.ndjson'));
  });
});
