import { MAX_COUNT } from '../../frames/bounds.js';
import type { EbpfMapSource } from './ebpf-map-source.js';
import type { EbpfProgramSource } from './ebpf-program-source.js';
import { PROGRAM } from './layout.gen.js';

/** The sum of records of maps and programs: what the ebpf_total record says, in its units. */
export class Sum {
  maps = 0;
  mapMemoryModel = 0;
  mapsWithoutModel = 0;
  mapMemoryKernel = 0;
  mapsWithoutKernel = 0;
  programs = 0;
  programMemoryModel = 0;
  programMemoryKernel = 0;
  programsWithoutKernel = 0;
  xlatedBytes = 0;
  jitedBytes = 0;
  verifiedInstructions = 0;
  programsMeasured = 0;
  runTimeNs = 0;
  runs = 0;
  misses = 0;
  coreShare = 0;

  /** Whether another object leaves every sum exact. */
  holds({ memoryModel, memoryKernel }: { memoryModel: number | null; memoryKernel: number | null }): boolean {
    const model = Math.max(this.mapMemoryModel, this.programMemoryModel) + (memoryModel ?? 0);
    const kernel = Math.max(this.mapMemoryKernel, this.programMemoryKernel) + (memoryKernel ?? 0);
    return model <= MAX_COUNT && kernel <= MAX_COUNT;
  }

  addMap({ memoryModel, memoryKernel }: EbpfMapSource): void {
    this.maps++;
    if (memoryModel === null) this.mapsWithoutModel++;
    else this.mapMemoryModel += memoryModel;
    if (memoryKernel === null) this.mapsWithoutKernel++;
    else this.mapMemoryKernel += memoryKernel;
  }

  addProgram(program: EbpfProgramSource): void {
    const { memoryModel, memoryKernel, last } = program;
    this.programs++;
    this.programMemoryModel += memoryModel ?? 0;
    if (memoryKernel === null) this.programsWithoutKernel++;
    else this.programMemoryKernel += memoryKernel;
    // What is not known is zero.
    this.xlatedBytes += program.word(PROGRAM.xlated_bytes);
    this.jitedBytes += program.word(PROGRAM.jited_bytes);
    this.verifiedInstructions += program.word(PROGRAM.verified_instructions);
    if (!last.known) return;
    this.programsMeasured++;
    this.runTimeNs += last.runTimeNs;
    this.runs += last.runs;
    this.misses += last.misses ?? 0;
    this.coreShare += last.coreShare;
  }
}
