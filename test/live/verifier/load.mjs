/**
 * load.mjs DIST OBJECTS LIMITS: climbs the ladder of the connections with the objects of a folder, whatever they are; prints the hook groups as
 * JSON, and lets go of them. LIMITS: loadMs and loadMemory as JSON.
 */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

const [dist, objects, limits] = process.argv.slice(2);
const { native } = await import(`${dist}/native/index.js`);
const { CONNECTIONS } = await import(`${dist}/connections/feature.js`);
const { Ladder } = await import(`${dist}/kernel/ladder.js`);
const { closeCgroup, openCgroup } = await import(`${dist}/kernel/cgroup.js`);
const { LazyProbes } = await import(`${dist}/kernel/probes.js`);

// With all that can be asked for, and what is loaded on later kernels only.
const options = CONNECTIONS.options.parse({ transport: 'ring', udpFlows: 1024, exactUdp: true, failedConnects: true });
const { Tracer, probe } = native();
const tracer = new Tracer(JSON.parse(limits));
const [settings] = (await CONNECTIONS.live()).settings(options, { cpus: tracer.cpus, kernel: '7.0' });
const cgroup = openCgroup();
const ladder = new Ladder(CONNECTIONS.name, settings, {
  native: tracer,
  objects: { get: (name) => readFileSync(join(objects, `${name}.bpf.o`)) },
  cgroup,
  probes: new LazyProbes(() => probe(cgroup.descriptor), { release: release(), lockdown: null }),
  assets: new Map(),
});
process.stdout.write(JSON.stringify(ladder.climb(CONNECTIONS.hooks)));
closeCgroup(cgroup);
tracer.close();
