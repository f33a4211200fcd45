/**
 * TypeScript types of the records as a consumer sees them.
 * @module
 */
import { namedNodes } from './schema.mjs';
import { header, importPath, wrap } from './text.mjs';

function typeOf(node) {
  if (node.kind === 'optional') return `${typeOf(node.node)} | null`;
  if (node.kind === 'record') return node.name;
  if (node.kind === 'enum') return node.name;
  if (node.kind === 'array') return `${typeOf(node.node)}[]`.replace(/^(.* \| null)\[\]$/, '($1)[]');
  if (node.kind === 'map') return `Record<string, ${typeOf(node.node)}>`;
  if (node.kind === 'bytes') return 'Uint8Array';
  if (node.kind === 'double') return 'number';
  if (node.kind === 'long') return node.bits === 64 ? 'Long64' : 'number';
  return node.kind === 'int' ? 'number' : node.kind;
}

function declare(node) {
  if (node.kind === 'enum') {
    return [`export type ${node.name} = ${node.symbols.map((symbol) => `'${symbol}'`).join(' | ')};`, ''];
  }
  const lines = [...wrap(node.doc, ''), `export interface ${node.name} {`];
  for (const field of node.fields) {
    lines.push(...wrap(field.doc, '  '), `  ${field.name}: ${typeOf(field.node)};`);
  }
  return [...lines, '}', ''];
}

/** The file with the types of one schema. */
export function typesFile({ name, node: root, folder }) {
  const nodes = namedNodes(root);
  const imports = JSON.stringify(nodes.map((node) => node.fields?.map((field) => typeOf(field.node)))).includes(
    'Long64',
  )
    ? [`import type { Long64 } from '${importPath(folder, 'encoding/long64')}';`, '']
    : [];
  return [...header(`schemas/${name}.avsc`), ...imports, ...nodes.flatMap(declare)].join('\n');
}
