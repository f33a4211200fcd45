/** Paths of cgroups as runtimes make them: of their documentation and sources, of /proc/PID/cgroup on hosts that run them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ContainerRuntime, containerOf, RUNTIMES } from '../../src/cgroups/container.js';

const A = '3f4f4e3b7e0c1f0d9b1b2c6a5d8e7f90112233445566778899aabbccddeeff00';
const B = '9d5b1f7a0e6c4d3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a291807f6e5d4c3b';
const POD = '1cf4e8f2-7c3b-4b8e-9d57-2f1d8c6a9b10';
const POD_UNIT = POD.replaceAll('-', '_');

const names = (path: string): string[] => path.split('/').filter(Boolean).reverse();

test.each<[string, string, ContainerRuntime | null, string]>([
  ['Docker, cgroupfs', `/docker/${A}`, 'docker', A],
  ['Docker, systemd', `/system.slice/docker-${A}.scope`, 'docker', A],
  ['Docker, a parent of the user’s', `/builds/agent-7/${A}`, null, A],
  ['Docker, a slice of the user’s', `/builds.slice/docker-${A}.scope`, 'docker', A],
  ['Docker without root', `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${A}.scope`, 'docker', A],
  ['systemd inside of Docker', `/system.slice/docker-${A}.scope/system.slice/nginx.service`, 'docker', A],
  ['an init inside of Docker', `/docker/${A}/init.scope`, 'docker', A],
  ['Docker in Docker', `/docker/${A}/docker/${B}`, 'docker', B],
  ['GitHub’s runner', `/actions_job/${A}`, null, A],
  ['Kubernetes, Docker, cgroupfs', `/kubepods/burstable/pod${POD}/${A}`, null, A],
  ['Kubernetes, guaranteed, cgroupfs', `/kubepods/pod${POD}/${A}`, null, A],
  [
    'Kubernetes, Docker, systemd',
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD_UNIT}.slice/docker-${A}.scope`,
    'docker',
    A,
  ],
  [
    'Kubernetes, containerd',
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${POD_UNIT}.slice/cri-containerd-${A}.scope`,
    'containerd',
    A,
  ],
  [
    'Kubernetes, guaranteed',
    `/kubepods.slice/kubepods-pod${POD_UNIT}.slice/cri-containerd-${A}.scope`,
    'containerd',
    A,
  ],
  [
    'Kubernetes, containerd that was not told of systemd’s names',
    `/system.slice/containerd.service/kubepods-burstable-pod${POD_UNIT}.slice:cri-containerd:${A}`,
    'containerd',
    A,
  ],
  [
    'Kubernetes, CRI-O',
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD_UNIT}.slice/crio-${A}.scope`,
    'crio',
    A,
  ],
  ['CRI-O, cgroupfs', `/kubepods/besteffort/pod${POD}/crio-${A}`, 'crio', A],
  [
    'CRI-O with crun, which goes one below',
    `/kubepods.slice/kubepods-pod${POD_UNIT}.slice/crio-${A}.scope/container`,
    'crio',
    A,
  ],
  ['kind: a pod in a node that is a container', `/docker/${A}/kubelet/kubepods/besteffort/pod${POD}/${B}`, null, B],
  [
    'kind, systemd',
    `/system.slice/docker-${A}.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${POD_UNIT}.slice/cri-containerd-${B}.scope`,
    'containerd',
    B,
  ],
  ['a kubelet in a node that is a container', `/docker/${A}/kubelet.slice/kubelet.service`, 'docker', A],
  ['Podman', `/machine.slice/libpod-${A}.scope`, 'podman', A],
  ['Podman with crun', `/machine.slice/libpod-${A}.scope/container`, 'podman', A],
  ['Podman, a pod', `/machine.slice/machine-libpod_pod_${B}.slice/libpod-${A}.scope`, 'podman', A],
  [
    'Podman without root',
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${A}.scope/container`,
    'podman',
    A,
  ],
  ['Podman, cgroupfs', `/libpod_parent/libpod-${A}`, 'podman', A],
  ['Podman, cgroupfs, older', `/libpod_parent/${A}`, 'podman', A],
  ['nerdctl', `/system.slice/nerdctl-${A}.scope`, 'containerd', A],
  ['containerd by itself', `/default/${A}`, null, A],
  ['Amazon ECS', `/ecs/5a0d1fae3fc74e1d9d1c9b6f4e8c3a70/${A}`, null, A],
  [
    'Amazon ECS on Fargate',
    '/ecs/34dc0b5e626f2c5c4c5170e34b10e765/34dc0b5e626f2c5c4c5170e34b10e765-1234567890',
    null,
    '34dc0b5e626f2c5c4c5170e34b10e765-1234567890',
  ],
  ['LXC', '/lxc/web', 'lxc', 'web'],
  ['LXC 4', '/lxc.payload.web-1', 'lxc', 'web-1'],
  ['LXC 4, another layout', '/lxc.payload/web-1', 'lxc', 'web-1'],
  ['Proxmox', '/lxc/100/ns/init.scope', 'lxc', '100'],
  ['a service in LXC', '/lxc.payload.web/system.slice/cron.service', 'lxc', 'web'],
  ['Docker in LXC', `/lxc.payload.web/docker/${A}`, 'docker', A],
  ['libvirt’s LXC', '/machine.slice/machine-lxc\\x2d24\\x2dweb.scope/libvirt', 'lxc', 'web'],
  ['systemd-nspawn, a service', '/machine.slice/systemd-nspawn@web.service/payload', 'systemd_nspawn', 'web'],
  [
    'systemd-nspawn, a service in it',
    '/machine.slice/systemd-nspawn@web.service/payload/system.slice/ssh.service',
    'systemd_nspawn',
    'web',
  ],
  [
    'systemd-nspawn from a shell',
    '/machine.slice/machine-web\\x2d1.scope/payload/init.scope',
    'systemd_nspawn',
    'web-1',
  ],
])('%s', (_, path, runtime, id) => {
  expect(containerOf(names(path))).toEqual({ id, runtime });
});

test.each([
  ['the root', '/'],
  ['a service', '/system.slice/docker.service'],
  ['a session', '/user.slice/user-1000.slice/session-2.scope'],
  ['a program of the desktop', '/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-7421.scope'],
  ['the monitor of Podman', `/machine.slice/libpod-conmon-${A}.scope`],
  ['the monitor of CRI-O', `/kubepods.slice/kubepods-pod${POD_UNIT}.slice/crio-conmon-${A}.scope`],
  ['the monitor of LXC', '/lxc.monitor.web'],
  ['the monitor of LXC, another layout', '/lxc.monitor/web'],
  ['systemd-nspawn itself', '/machine.slice/systemd-nspawn@web.service/supervisor'],
  ['a pod, but none of its containers', `/kubepods.slice/kubepods-pod${POD_UNIT}.slice`],
  ['a virtual machine', '/machine.slice/machine-qemu\\x2d3\\x2dweb.scope/libvirt/emulator'],
  ['digits, but too few', `/docker-${A.slice(1)}.scope`],
  ['digits, but too many', `/builds/${A}0`],
  ['no hexadecimal digits', `/builds/${'g'.repeat(64)}`],
  ['a commit', '/builds/4b825dc642cb6eb9a060e54bf8d69288fbee4904'],
])('none: %s', (_, path) => {
  expect(containerOf(names(path))).toBeNull();
});

test('names that others chose are no patterns', () => {
  const long = 'docker-'.repeat(30);
  // Of this thread's CPU: what else runs is not asked about.
  const started = process.cpuUsage();
  for (let i = 0; i < 1000; i++) containerOf([long, 'a:'.repeat(120), '\\x'.repeat(120), '-machine-'.repeat(25)]);
  const { user, system } = process.cpuUsage(started);
  expect(user + system).toBeLessThan(1_000_000);
});

test('records have the same runtimes', () => {
  const schema = JSON.parse(readFileSync(new URL('../../schemas/common/container.avsc', import.meta.url), 'utf8'));
  expect(schema.fields[1].type[1].symbols).toEqual([...RUNTIMES, 'unrecognized']);
});
