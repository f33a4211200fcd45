import type { FrameView } from '../../frames/frame-view.js';
import type { ClientPorts } from '../../pipeline/client-ports.js';
import type { Stage, StageContext } from '../../pipeline/stage.js';
import { EbpfMapSource } from './ebpf-map-source.js';
import { EbpfProgramSource } from './ebpf-program-source.js';
import { KIND, OBJECT, PROGRAM, ROUND } from './layout.gen.js';
import { memoryModel, programMemoryModel } from './memory-model.js';
import { moduleOf } from './module-of.js';
import type { EbpfObjectSource } from './object-source.js';
import type { EbpfOptions } from './options.js';
import { EbpfPorts } from './ports.js';
import { isPossibleMap, isPossibleMemory, isPossibleProgram, isPossibleRound } from './possible.js';
import { Readings } from './readings.js';
import { noRuns } from './runs.js';
import { Totals } from './totals.js';
import { TotalsTeller } from './totals-teller.js';

/** Why an object is not told, in the order of Row.discarded. */
export const DISCARDS = ['invalid_frame', 'impossible'] as const;
const IMPOSSIBLE = 1;

/** One record for each reading of an object, and the sums of a round when it ends. */
export class EbpfStage implements Stage {
  readonly #context: StageContext;
  readonly #ports = new EbpfPorts();
  readonly #map: EbpfMapSource;
  readonly #program: EbpfProgramSource;
  readonly #readings: Readings;
  readonly #totals: Totals;
  readonly #teller: TotalsTeller;
  /** Of the objects that came last. */
  #round = 0;
  /** Whether that one has not ended. */
  #open = false;
  #rounds = 0;
  #unfinished = 0;
  #impossible = 0;
  readonly inputs: Stage['inputs'];
  readonly joins = [];

  constructor(context: StageContext, { programs, modules }: Pick<EbpfOptions, 'programs' | 'modules'>) {
    this.#context = context;
    this.#map = new EbpfMapSource(context.identity);
    this.#program = new EbpfProgramSource(context.identity, noRuns());
    this.#readings = new Readings(programs);
    this.#totals = new Totals(modules);
    this.#teller = new TotalsTeller(context.identity, this.#totals, this.#ports);
    this.inputs = [
      [KIND.map, { next: (frame) => this.#tellMap(frame) }],
      [KIND.program, { next: (frame) => this.#tellProgram(frame) }],
      [KIND.round, { next: (frame) => this.#end(frame) }],
    ];
  }

  get statistics() {
    return {
      impossible: this.#impossible,
      /** Ended, and those whose end did not come: they have no sums. */
      rounds: this.#rounds,
      unfinished: this.#unfinished,
      /** Programs of this round whose reading is kept, and readings that found no room. */
      programs: this.#readings.size,
      refused: this.#readings.refused,
      /** Modules of this round that are kept apart. */
      modules: this.#totals.modules,
    };
  }

  attach(slot: number, ports: ClientPorts): void {
    this.#ports.attach(slot, ports);
  }

  detach(slot: number): void {
    this.#ports.detach(slot);
  }

  clock(): void {}
  flush(): void {}
  close(): void {}

  #tellMap(frame: FrameView): void {
    const map = this.#map;
    if (frame.fresh === 0) return;
    this.#point(map, frame);
    if (!isPossibleMap(map) || !this.#enterMap(map)) {
      this.#discard(frame);
      return;
    }
    this.#totals.addMap(map);
    this.#ports.map(map, frame.fresh);
  }

  #tellProgram(frame: FrameView): void {
    const program = this.#program;
    if (frame.fresh === 0) return;
    this.#point(program, frame);
    if (!isPossibleProgram(program) || !this.#enterProgram(program)) {
      this.#discard(frame);
      return;
    }
    this.#readings.take(program, program.last);
    this.#totals.addProgram(program);
    this.#ports.program(program, frame.fresh);
  }

  #point(source: EbpfObjectSource, { u8, u32, start }: FrameView): void {
    source.u8 = u8;
    source.u32 = u32;
    source.base = start;
    source.wallOffsetUs = this.#context.clock.wallOffsetUs;
  }

  #discard({ fresh }: FrameView): void {
    this.#context.row.discard(IMPOSSIBLE, fresh);
  }

  #enterMap(map: EbpfMapSource): boolean {
    map.memoryModel = map.hasInfo ? memoryModel(map, this.#context.cpus) : null;
    return this.#enter(map);
  }

  #enterProgram(program: EbpfProgramSource): boolean {
    const bytes = program.word(PROGRAM.xlated_bytes);
    program.memoryModel = program.hasInfo ? programMemoryModel(bytes, program.pageSize) : null;
    return this.#enter(program);
  }

  /** Takes an object into its round; false: it cannot be. */
  #enter(source: EbpfMapSource | EbpfProgramSource): boolean {
    if (!isPossibleMemory(source.memoryModel)) return false;
    this.#turn(source.word(OBJECT.round));
    if (!this.#totals.hold(source)) return false;
    source.module = moduleOf(source);
    return true;
  }

  /** Another round begins where this one is of another number, or has ended. */
  #turn(round: number): void {
    if (this.#open && round === this.#round) return;
    if (this.#open) this.#unfinished++;
    this.#round = round;
    this.#open = true;
    this.#readings.turn();
    this.#totals.clear();
    this.#ports.begin();
  }

  #end({ u32, start }: FrameView): void {
    if (!isPossibleRound(u32, start)) {
      this.#impossible++;
      return;
    }
    this.#turn(u32[(start + ROUND.round) >>> 2]!);
    this.#rounds++;
    this.#open = false;
    this.#teller.tell(u32, start, this.#context.clock.wallOffsetUs);
  }
}
