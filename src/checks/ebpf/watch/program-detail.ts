import type { EbpfProgramSource } from '../ebpf-program-source.js';
import { KNOWN, PROGRAM } from '../layout.gen.js';
import { bytes, humanCount, humanShare, UNKNOWN } from '../table/figures.js';
import {
  coreShare,
  missesEver,
  missesPerSecond,
  nsPerRun,
  nsPerRunEver,
  runsEver,
  runsPerSecond,
} from '../table/program-figures.js';
import type { Detail } from './detail.js';
import { objectFacts, timeText } from './object-facts.js';

function attachments(program: EbpfProgramSource): string {
  if (!program.knows(KNOWN.links)) return UNKNOWN;
  const count = program.word(PROGRAM.attachments);
  const listed = Array.from({ length: program.attachmentsListed }, (_, place) => {
    const target = program.target(place);
    return `${program.linkType(place)}${target === '' ? '' : ` ${target}`}`;
  });
  const more = count > listed.length ? [`${count - listed.length} more`] : [];
  return [...listed, ...more].join(', ') || 'nowhere';
}

/** Everything that is known of a program. */
export function programDetail(program: EbpfProgramSource): Detail {
  const info = (offset: number, show: (value: number) => string): string =>
    program.hasInfo ? show(program.word(offset)) : UNKNOWN;
  const loaded = program.hasInfo ? timeText(program, program.long(PROGRAM.loaded_ns)) : UNKNOWN;
  return {
    title: `Program ${program.id}: ${program.name || UNKNOWN}`,
    facts: [
      ['type', `${program.typeName}, tag ${program.hasInfo ? program.tag : UNKNOWN}`],
      ...objectFacts(program),
      ['attached', attachments(program)],
      ['loaded', `${loaded}, by uid ${info(PROGRAM.uid, String)}`],
      [
        'code',
        `${info(PROGRAM.xlated_bytes, bytes)} of instructions, ${info(PROGRAM.jited_bytes, bytes)} of machine code`,
      ],
      [
        'verified',
        program.knows(KNOWN.verified) ? `${program.word(PROGRAM.verified_instructions)} instructions` : UNKNOWN,
      ],
      [
        'ever',
        `${humanCount(runsEver(program))} runs of ${humanCount(nsPerRunEver(program))} ns, ${humanCount(missesEver(program))} misses`,
      ],
    ],
    figures: [
      ['CPU%', coreShare(program), humanShare],
      ['RUN/S', runsPerSecond(program), humanCount],
      ['NS/RUN', nsPerRun(program), humanCount],
      ['MISS/S', missesPerSecond(program), humanCount],
    ],
  };
}
