import type { EbpfObjectSource } from '../object-source.js';
import { isCharacter, KEY } from './keys.js';

/** Most characters of what is looked for. */
const MOST = 64;

/** What rows are shown: those with a text in their name, type, module or owners. */
export class Filter {
  text = '';
  /** Whether keys are written into it. */
  isOpen = false;

  accepts(source: EbpfObjectSource): boolean {
    if (this.text === '') return true;
    const wanted = this.text.toLowerCase();
    const has = (text: string | null): boolean => text?.toLowerCase().includes(wanted) === true;
    if (has(source.name) || has(source.typeName) || has(source.module)) return true;
    for (let place = 0; place < source.ownersListed; place++) if (has(source.ownerName(place))) return true;
    return false;
  }

  /** A key while it is open. Returns whether it meant something. */
  key(key: string): boolean {
    if (key === KEY.enter) this.isOpen = false;
    else if (key === KEY.escape) {
      this.text = '';
      this.isOpen = false;
    } else if (key === KEY.backspace) this.text = [...this.text].slice(0, -1).join('');
    else if (isCharacter(key) && this.text.length < MOST) this.text += key;
    else return false;
    return true;
  }
}
