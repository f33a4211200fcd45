import { describe, expect, test } from 'vitest';
import { OOM_KILL } from '../../src/checks/oom-kill/feature.js';
import type { Diagnosis } from '../../src/cli/diagnosis.js';
import { doctorText } from '../../src/cli/doctor-text.js';
import { diagnoseGroup, type GroupDiagnosis } from '../../src/cli/group-diagnosis.js';
import { probeUsers, told as toldProbe } from '../../src/cli/probe-users.js';
import { DNS } from '../../src/dns/feature.js';
import { FEATURES } from '../../src/features.js';
import { lackOfPrivilege } from '../../src/kernel/check-host.js';
import type { HookGroup, HookProgram } from '../../src/kernel/hook-groups.js';
import { PROBES, WAYS } from '../../src/kernel/probe-table.js';
import { judge, type ProbedHost } from '../../src/kernel/probes.js';

const program = (object: string, name: string, reason = ''): HookProgram => ({
  object,
  program: name,
  section: 'tp_btf/x',
  group: '',
  optional: reason !== '',
  loaded: reason === '',
  attached: reason === '',
  errno: reason === '' ? 0 : 1,
  reason,
  instructions: reason === '' ? name.length : null,
  rejected: false,
  exceeded: null,
});

/** Every group of every feature, proven on its best rung. */
const groups = (): GroupDiagnosis[] =>
  FEATURES.flatMap((feature) =>
    feature.hooks.map(({ name, id, proof, rungs }) =>
      diagnoseGroup({
        feature: feature.name,
        name,
        id,
        proof,
        rung: rungs[0]!.rung,
        refused: [],
        attached: true,
        proven: true,
        fault: '',
        silent: false,
        reattached: 0,
        reason: '',
        code: null,
        assets: [{ asset: rungs[0]!.objects[0]!.object, result: 'kernel_types' as const }],
        programs: [program(rungs[0]!.objects[0]!.object, `${name}_program`)],
      }),
    ),
  );

const works = [...WAYS, ...PROBES].map(({ name }) => ({ name, errno: 0, cause: '' as const, log: '' }));

const host = (privileged: boolean): ProbedHost => ({ release: '5.4', lockdown: null, privileged: () => privileged });

function diagnosis(change: Partial<Diagnosis> = {}): Diagnosis {
  return {
    conntrail: '1.2.3',
    kernel: { release: '6.18', machine: 'x86_64', lockdown: null, btf: true },
    cpus: 2,
    libbpf: '1.5',
    verdict: 'ok',
    problems: [],
    recommendation: '',
    assets: [],
    capabilities: [{ name: 'bpf', held: true }],
    rungs: judge(WAYS, works, host(true)).map((way) => ({
      ...toldProbe(way),
      live: way.name === 'tp_btf',
      reason: 'not needed',
    })),
    features: judge(PROBES, works, host(true)).map(toldProbe),
    cgroup2: '/sys/fs/cgroup',
    kafka_client: '1.10.1',
    transport: 'ring',
    transport_reason: '',
    hook_groups: groups(),
    refused: [],
    limits: { memlock: '8388608', open_files: '1024', memory_bytes: null },
    ...change,
  };
}

const changed = (name: string, change: Partial<HookGroup>): GroupDiagnosis[] =>
  groups().map((group) => (group.name === name ? diagnoseGroup({ ...group, ...change }) : group));

/** Lines of a section, its heading aside; words are joined again. */
function section(text: string, heading: string): string {
  const [, body = ''] = text.split(`\n${heading}`);
  return body.split('\n\n')[0]!.replace(/\s+/g, ' ');
}

describe('the sections of the features', () => {
  test.each(FEATURES.map(({ name, hooks }) => [name, hooks] as const))(
    '%s: each group, what it gives, by which rung',
    (name, hooks) => {
      const told = section(doctorText(diagnosis()), `Hooks of ${name}`);
      for (const { name: group, gives, rungs } of hooks)
        expect(told).toContain(`proven ${group} (${rungs[0]!.rung}) ${gives}`);
      expect(told).not.toContain('refused');
    },
  );

  test('a rung that is live in the place of a better one says why', () => {
    const refused = [{ rung: 'iterator' as const, reason: 'snapshot_tcp: Operation not permitted', detail: '' }];
    const text = doctorText(diagnosis({ hook_groups: changed('snapshot', { rung: 'walk', refused }) }));
    expect(section(text, 'Hooks of connections')).toMatch(
      /proven snapshot \(walk\) .* but: UDP sockets without .* not by iterator: snapshot_tcp: Operation not permitted/,
    );
  });

  test('a group that is off has its reason once, and what is missing beside', () => {
    const off = { rung: null, attached: false, proven: false, reason: 'io_send: No such process' };
    const told = (reason: string) =>
      section(
        doctorText(
          diagnosis({ hook_groups: changed('owner', { ...off, refused: [{ rung: 'tp_btf', reason, detail: '' }] }) }),
        ),
        'Hooks of connections',
      );
    expect(told('io_send: No such process').match(/No such process/g)).toHaveLength(1);
    expect(told('needs Linux 6.3')).toMatch(
      /off owner the process .* io_send: No such process not by tp_btf: needs Linux 6\.3/,
    );
  });

  test('a reason of several ways is told once; what the verifier says stays beside what the kernel lacks', () => {
    const reason = 'bpf_rdonly_cast: needs Linux 6.2 or later';
    const refused = [
      { rung: 'iterator' as const, reason, detail: 'snapshot_tcp: the verifier says: R0 !read_ok' },
      { rung: 'walk' as const, reason, detail: '' },
    ];
    const assets = [{ asset: 'connections/snapshot', result: 'verifier_rejected' as const }];
    const told = (change: Partial<HookGroup>) =>
      section(
        doctorText(diagnosis({ hook_groups: changed('snapshot', { refused, assets, ...change }) })),
        'Hooks of connections',
      );
    const live = told({ rung: 'copy' });
    expect(live).toContain(`not by iterator or walk: ${reason} connections/snapshot: the verifier rejected it (5)`);
    expect(live).not.toContain('read_ok');
    expect(told({ rung: null, attached: false, proven: false, reason })).toContain(
      `${reason} (snapshot_tcp: the verifier says: R0 !read_ok) connections/snapshot`,
    );
  });

  test('attached without proof is silent or wrong, unless nobody waits for one', () => {
    const unproven = { proven: false, reason: 'Its self-test did not come through.' };
    expect(section(doctorText(diagnosis({ hook_groups: changed('udp', unproven) })), 'Hooks of connections')).toMatch(
      /SILENT udp \(cgroup\) .* Its self-test did not come through\./,
    );
    const reason = 'A record of its self-test came, but it was wrong: no start.';
    const wrong = changed('tcp', { proven: false, fault: 'no start', reason });
    expect(section(doctorText(diagnosis({ hook_groups: wrong })), 'Hooks of connections')).toMatch(
      /WRONG tcp \(tp_btf\) .* it was wrong: no start\./,
    );
    const rare = changed('udp', { proven: false, proof: 'event' });
    expect(section(doctorText(diagnosis({ hook_groups: rare })), 'Hooks of connections')).toContain(
      'live udp (cgroup)',
    );
  });

  test('an optional object that is refused has its sentence from the table', () => {
    const programs = [program('connections/exact', 'udp_leaves', 'Invalid argument')];
    const text = doctorText(diagnosis({ hook_groups: changed('udp', { programs }) }));
    expect(section(text, 'Hooks of connections')).toContain(
      'local addresses of wildcard UDP sockets are not told: udp_leaves: Invalid argument',
    );
  });

  test('a feature that does not run at all says why, where its groups would be', () => {
    const refused = [{ feature: 'oom_kill', code: 'CONNTRAIL_KERNEL', reason: 'ring buffer: needs Linux 5.8' }];
    const own = groups().filter(({ feature }) => feature !== 'oom_kill');
    const told = section(doctorText(diagnosis({ hook_groups: own, refused })), 'Hooks of oom_kill');
    expect(told).toBe(' off ring buffer: needs Linux 5.8');
  });

  test('only of features that have a self-test are groups said to be proven by a connection', () => {
    const text = doctorText(diagnosis());
    expect(text).toContain('\nHooks of connections, each proven by a connection of its own\n');
    expect(text).toContain('\nHooks of oom_kill\n');
  });

  test('nothing was tried', () => {
    expect(section(doctorText(diagnosis({ hook_groups: [], transport: null })), 'Hooks of connections')).toContain(
      'not tried: see below',
    );
  });
});

describe('the rest', () => {
  test('what the kernel lacks says how to mend it; without privilege nobody knows', () => {
    const results = works.map((probe) => (probe.name === 'ring_buffer' ? { ...probe, errno: 22 } : probe));
    const lines = (privileged: boolean, errno: number) =>
      section(
        doctorText(
          diagnosis({
            features: judge(
              PROBES,
              results.map((p) => (p.errno === 0 ? p : { ...p, errno })),
              host(privileged),
            ).map(toldProbe),
          }),
        ),
        'Kernel features',
      );
    expect(lines(true, 22)).toMatch(/missing ring buffer .* \(needs Linux 5\.8 or later;/);
    expect(lines(false, 1)).toMatch(/\? 1 feature ring buffer.* \(privilege is missing/);
  });

  test('what works is listed, what does not has its reason; BTF is the cause of what it causes', () => {
    expect(section(doctorText(diagnosis()), 'Kernel features')).toContain(`works all ${PROBES.length} BTF type`);
    const hidden = works.map((probe) => {
      if (probe.name === 'btf') return { ...probe, errno: 2, cause: 'hidden' as const };
      return probe.name === 'sock_length_tracepoints' ? { ...probe, errno: 2, cause: 'btf' as const } : probe;
    });
    const told = section(
      doctorText(diagnosis({ features: judge(PROBES, hidden, host(true)).map(toldProbe) })),
      'Kernel features',
    );
    expect(told).toMatch(/missing BTF type information .* \(this kernel has it, but it is hidden here/);
    expect(told).toMatch(
      /\? 1 feature sock_send\/recv_length \(not testable: this kernel’s BTF is missing or hidden\)/,
    );
    expect(told).not.toContain('needs Linux 6.3');
    expect(told).toContain(`works ${PROBES.length - 2} features`);
  });

  test('what the table does not say a feature of the kernel is good for, the hook groups do that need it', () => {
    const results = works.map((probe) => (probe.name === 'cgroup_packets' ? { ...probe, errno: 22 } : probe));
    const features = judge(PROBES, results, host(true)).map(toldProbe);
    expect(section(doctorText(diagnosis({ features })), 'Kernel features')).toContain(
      'missing cgroup packets DNS and UDP with --exact-udp (needs',
    );
    expect(probeUsers('cast_to_kern_ctx')).toEqual(['TCP with --failed-connects']);
    for (const { name, gives } of [...WAYS, ...PROBES]) {
      expect([name, gives === undefined && probeUsers(name).length === 0]).toEqual([name, false]);
    }
  });

  test('the client for Kafka, or how to get it', () => {
    expect(section(doctorText(diagnosis()), 'Surroundings')).toContain('ok Kafka client 1.10.1');
    expect(section(doctorText(diagnosis({ kafka_client: null })), 'Surroundings')).toContain(
      '- Kafka client not there: scripts/setup --kafka builds it',
    );
  });

  test('without a cgroup it names all that needs one, and so does what a capability is for', () => {
    const text = doctorText(diagnosis({ cgroup2: null, capabilities: [{ name: 'net_admin', held: false }] }));
    expect(section(text, 'Surroundings')).toContain(
      'missing cgroup v2 mount one to trace DNS and UDP: mount -t cgroup2',
    );
    expect(section(text, 'Privileges')).toContain('MISSING CAP_NET_ADMIN the cgroup hooks of DNS and UDP');
    expect(lackOfPrivilege(0n, FEATURES)).toMatch(/: CAP_BPF and CAP_PERFMON; for DNS and UDP also CAP_NET_ADMIN\.$/);
    expect(lackOfPrivilege(0n, [DNS])).toMatch(/; for DNS also CAP_NET_ADMIN\.$/);
    expect(lackOfPrivilege(0n, [OOM_KILL])).toMatch(/: CAP_BPF and CAP_PERFMON\.$/);
  });

  test('verdict, the greatest program and limits', () => {
    const text = doctorText(diagnosis());
    expect(section(text, 'Surroundings')).toContain('at most 16 instructions, for snapshot_program');
    expect(text).toContain('locked memory           8 MiB');
    expect(text.trimEnd().split('\n').at(-1)).toBe('Everything works.');
    const dear = doctorText(
      diagnosis({ hook_groups: changed('udp', { rung: 'cgroup_hash' }), recommendation: 'Boot it.' }),
    );
    expect(dear).toMatch(/Everything works, but for what is said above of udp\.\nWhat to do:\n {2}Boot it\.\n$/);
    const degraded = doctorText(diagnosis({ verdict: 'degraded', problems: ['udp is off: x'] }));
    expect(degraded).toMatch(/Works in part:\n {2}udp is off: x\n$/);
  });

  test('no line is wider than a terminal, no column runs into the next', () => {
    const lines = doctorText(diagnosis({ hook_groups: changed('snapshot', { rung: 'iterator' }) })).split('\n');
    expect(lines.filter((line) => line.length > 79 && !line.startsWith('conntrail'))).toEqual([]);
    for (const { title } of [...WAYS, ...PROBES]) expect(title.length).toBeLessThan(24);
    for (const { name, rungs } of FEATURES.flatMap(({ hooks }) => hooks)) {
      for (const { rung } of rungs) expect(`${name} (${rung})`.length).toBeLessThan(24);
    }
  });
});
