import type { Benchmark } from '../harness/benchmark.js';
import { atLeast, type FigureInput } from '../harness/figure.js';
import { agree, column, interleave } from '../harness/rounds.js';
import { median, speedRatios } from '../harness/statistics.js';
import { subject } from './subjects.js';

/** Passes: dns-packet is slower by an order of magnitude, fewer keep its turn as long as ours. */
const REPEAT = { own: 300, 'dns-packet': 20 };

export const dns: Benchmark = {
  name: 'dns',
  title: 'the parser of DNS messages, against npm’s dns-packet',
  async run({ rounds, smoke }) {
    const figures: FigureInput[] = [];
    const compare = async (shape: string, name: string, least: number | null) => {
      const messages = smoke ? 500 : 20_000;
      const of = (parser: keyof typeof REPEAT) =>
        subject('dns', { parser, shape, messages, repeat: smoke ? 1 : REPEAT[parser] });
      const results = await interleave({ typescript: of('own'), peer: of('dns-packet') }, rounds);
      agree(results, ['answers', 'bytes', 'crc']);
      const [own, peer] = ['typescript', 'peer'].map((each) => column(results, each, 'nanoseconds')) as [
        number[],
        number[],
      ];
      const note = `${Math.round(median(own))} ns against ${Math.round(median(peer))} ns a message`;
      const ratios = speedRatios(own, peer);
      figures.push({ name, unit: '×', rounds: ratios, ...(least !== null && { target: atLeast(least) }), note });
    };
    await compare('all', 'own / dns-packet', 15);
    await compare('query', 'own / dns-packet, queries', null);
    await compare('address', 'own / dns-packet, addresses', null);
    await compare('alias', 'own / dns-packet, aliases', null);
    await compare('mixed', 'own / dns-packet, all types', null);
    return figures;
  },
};
