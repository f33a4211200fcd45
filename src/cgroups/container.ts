/**
 * Which container a cgroup belongs to, by the names that container runtimes give theirs. Nothing else tells: a kernel knows no containers.
 * @module
 */

/** Runtimes whose names are known, as in schemas/common/container.avsc; containerd where Kubernetes or nerdctl asked it, docker where Docker did. */
export const RUNTIMES = ['docker', 'containerd', 'crio', 'podman', 'lxc', 'systemd_nspawn'] as const;
export type ContainerRuntime = (typeof RUNTIMES)[number];

export interface Container {
  /** As the runtime names it: 64 hexadecimal digits; of LXC and systemd-nspawn the name. */
  readonly id: string;
  /** null: its names do not tell. */
  readonly runtime: ContainerRuntime | null;
}

const ID = '([0-9a-f]{64})';

/** A name of a cgroup that says what it is, by itself. */
const NAMES: readonly (readonly [RegExp, ContainerRuntime])[] = [
  // systemd: a scope; cgroupfs: a directory. Of `SLICE:cri-containerd:ID` the runtime was told of systemd's names, and took them for a directory.
  [new RegExp(`^(?:.*:)?docker[-:]${ID}(?:\\.scope)?$`), 'docker'],
  [new RegExp(`^(?:.*:)?(?:cri-containerd|nerdctl)[-:]${ID}(?:\\.scope)?$`), 'containerd'],
  [new RegExp(`^(?:.*:)?crio[-:]${ID}(?:\\.scope)?$`), 'crio'],
  [new RegExp(`^(?:.*:)?libpod[-:]${ID}(?:\\.scope)?$`), 'podman'],
  [/^lxc\.payload\.(.+)$/, 'lxc'],
  [/^systemd-nspawn@(.+)\.service$/, 'systemd_nspawn'],
  // systemd-machined names machines of others likewise, and says whose they are: `machine-qemu-1-name.scope`.
  [/^machine-lxc-\d+-(.+)\.scope$/, 'lxc'],
  [/^machine-(?!(?:qemu|lxc|xen|bhyve|libvirt)-)(.+)\.scope$/, 'systemd_nspawn'],
];

/** A name that says what it is by the one above it. */
const BELOW: readonly (readonly [above: RegExp, own: RegExp, ContainerRuntime])[] = [
  [/^docker$/, new RegExp(`^${ID}$`), 'docker'],
  [/^libpod_parent$/, new RegExp(`^${ID}$`), 'podman'],
  [/^lxc(?:\.payload)?$/, /^(.+)$/, 'lxc'],
];

/** An id, whoever gave it: of a pod's container under cgroupfs, of Docker with a parent of its own; of a task of Amazon ECS. */
const ANYBODYS = /^([0-9a-f]{64}|[0-9a-f]{32}-\d+)$/;

/** Where systemd-nspawn itself is, below the name of its container. */
const SUPERVISOR = 'supervisor';

/**
 * The innermost container.
 * @param names of the cgroup, from its own up to the one below the root (CgroupPath.names)
 * @returns null: in none
 */
export function containerOf(names: readonly string[]): Container | null {
  for (const [i, name] of names.entries()) {
    const found = own(unescaped(name), names[i + 1] ?? '');
    if (found === null) continue;
    if (found.runtime !== 'systemd_nspawn' || names[i - 1] !== SUPERVISOR) return found;
  }
  return null;
}

function own(name: string, above: string): Container | null {
  const found = byName(name) ?? byPlace(name, above);
  if (found !== null) return found;
  const id = ANYBODYS.exec(name)?.[1];
  return id === undefined ? null : { id, runtime: null };
}

function byName(name: string): Container | null {
  for (const [pattern, runtime] of NAMES) {
    const id = pattern.exec(name)?.[1];
    if (id !== undefined) return { id, runtime };
  }
  return null;
}

function byPlace(name: string, above: string): Container | null {
  for (const [place, pattern, runtime] of BELOW) {
    const id = place.test(above) ? pattern.exec(name)?.[1] : undefined;
    if (id !== undefined) return { id, runtime };
  }
  return null;
}

/** Names of units with what systemd put for bytes that they may not have: `\x2d` for `-`. */
function unescaped(name: string): string {
  return name.replaceAll(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
