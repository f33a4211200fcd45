/** What people call a cause, and what helps; a cause without words of its own is told by its name. */
const WORDS: Readonly<Record<string, string>> = {
  buffer_full: 'kernel buffer full',
  map_full: 'no room for a UDP socket or peer',
  recursion: 'kernel recursion',
  unseen: 'closed while the kernel ran no tracing',
  dropped: 'shared ring full (--ring-size)',
  invalid_frame: 'in frames that cannot be',
  unknown_cpu: 'of a CPU that cannot be',
  seen_before: 'read twice',
  repeated: 'closed a second time',
  impossible: 'with counts or times that cannot be',
  unencodable: 'not encodable',
  refused: 'not written by the output',
};

/** Where the same cause has a remedy in one feature. */
const OF_FEATURES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  connections: { buffer_full: 'kernel buffer full (--kernel-buffer)' },
  dns: {
    too_long: 'in packets longer than any message',
    unreadable: 'not to be copied out of their packets',
    incomplete: 'in pieces of messages of which others were missing',
    no_room: 'of more names, streams or statistics than there is room for',
    short: 'shorter than a message',
    questions: 'that ask for nothing, or for more than one thing',
    bad_name: 'with a broken name',
    bad_record: 'with a broken record',
    unsolicited: 'that nobody asked for',
    duplicate: 'to a query that had its answer',
    late: 'to a query that was over',
    wrong_id: 'with another id',
    wrong_question: 'to another question',
    wrong_server: 'of another server',
  },
  ebpf: { vanished: 'gone before they were read', unreadable: 'not to be read' },
  tcp_queue_length: {
    map_full: 'of more cgroups than are told apart (cgroups)',
    skipped: 'in calls that the kernel did not show',
    busy: 'taken while another was',
    unread: 'not read out of the kernel',
  },
};

/** What a feature lost, as `12 kernel buffer full (…), 3 …`; '' when nothing was lost. */
export function lossText(feature: string, causes: Iterable<readonly [cause: string, lost: number]>): string {
  return [...causes]
    .filter(([, lost]) => lost > 0)
    .map(([cause, lost]) => `${count(lost)} ${wordsOf(feature, cause)}`)
    .join(', ');
}

function wordsOf(feature: string, cause: string): string {
  return OF_FEATURES[feature]?.[cause] ?? WORDS[cause] ?? cause.replaceAll('_', ' ');
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}
