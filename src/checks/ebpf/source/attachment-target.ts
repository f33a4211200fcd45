import type { EventInfo, LinkInfo } from '../../../native/index.js';

/** enum bpf_link_type. */
export const LINK = {
  rawTracepoint: 1,
  tracing: 2,
  cgroup: 3,
  iter: 4,
  netns: 5,
  xdp: 6,
  perfEvent: 7,
  kprobeMulti: 8,
  structOps: 9,
  netfilter: 10,
  tcx: 11,
  uprobeMulti: 12,
  netkit: 13,
  sockmap: 14,
} as const;

/** enum bpf_perf_event_type and enum bpf_task_fd_type: what a perf event is. */
const EVENT = { uprobe: 1, uretprobe: 2, kprobe: 3, kretprobe: 4, tracepoint: 5, event: 6 } as const;
const TASK_EVENT = { rawTracepoint: 0, tracepoint: 1, kprobe: 2, kretprobe: 3, uprobe: 4, uretprobe: 5 } as const;

/** enum nf_inet_hooks, and the protocol families that netfilter links are for. */
const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const;
const FAMILIES = new Map([
  [2, 'ipv4'],
  [10, 'ipv6'],
]);

/** What a link attaches its program to, in a few words; empty: the kernel does not tell. */
export function linkTarget({ type, number, other, text }: LinkInfo): string {
  switch (type) {
    case LINK.rawTracepoint:
      return text;
    case LINK.cgroup:
      return number === 0 ? '' : `cgroup ${number}`;
    case LINK.iter:
      return number === 0 ? text : `${text} of map ${number}`;
    case LINK.netns:
      return `netns ${number}`;
    case LINK.xdp:
    case LINK.tcx:
    case LINK.netkit:
      return number === 0 ? '' : `interface ${number}`;
    case LINK.perfEvent:
      return perfTarget(other, text, number);
    case LINK.kprobeMulti:
      return number === 0 ? '' : `${number} functions`;
    case LINK.uprobeMulti:
      return number === 0 ? text : `${text} (${number} places)`;
    case LINK.structOps:
    case LINK.sockmap:
      return `map ${number}`;
    case LINK.netfilter:
      return `${FAMILIES.get(number) ?? `family ${number}`} ${HOOKS[other] ?? `hook ${other}`}`;
    default:
      return '';
  }
}

function perfTarget(type: number, text: string, number: number): string {
  switch (type) {
    case EVENT.kprobe:
    case EVENT.kretprobe:
      return placed(text, number, '+');
    case EVENT.uprobe:
    case EVENT.uretprobe:
      return text === '' ? '' : `${text}:0x${number.toString(16)}`;
    case EVENT.tracepoint:
      return text;
    case EVENT.event:
      return `event ${number}`;
    default:
      return '';
  }
}

/** The same of a perf event, or a raw tracepoint, that another process has. */
export function eventTarget({ type, text, offset }: EventInfo): string {
  switch (type) {
    case TASK_EVENT.kprobe:
    case TASK_EVENT.kretprobe:
      return placed(text, offset, '+');
    case TASK_EVENT.uprobe:
    case TASK_EVENT.uretprobe:
      return text === '' ? '' : `${text}:0x${offset.toString(16)}`;
    default:
      return text;
  }
}

function placed(text: string, offset: number, sign: string): string {
  return text === '' || offset === 0 ? text : `${text}${sign}0x${offset.toString(16)}`;
}
