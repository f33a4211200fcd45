import { parse } from 'tldts';

/** In the place of a name without a registrable domain, which would tell all of it. */
export const NO_DOMAIN = '*';

/** Names are no URLs, and may hold anything. */
const OPTIONS = { extractHostname: false, validateHostname: false, detectIp: false, mixedInputs: false };

/**
 * The registrable domain of a name: what was bought of a registry (`example.co.uk`), by the public suffix list without its private part. A public
 * suffix alone stays, so does the root; of a name that is neither (`localhost`, a lone host name), nothing is told.
 * @param name as putNameText writes it
 */
export function registrableDomain(name: string): string {
  if (name === '.') return name;
  // A dot within a label is none between labels.
  const plain = name.replace(/\\(\D)/g, (_, escaped) => (escaped === '.' ? '\\046' : '\\092'));
  const { domain, publicSuffix, isIcann } = parse(plain, OPTIONS);
  if (domain !== null) return domain;
  return isIcann === true && publicSuffix === plain ? plain : NO_DOMAIN;
}
