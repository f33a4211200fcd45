import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from './base.js';

/** A directory on the disk that is changed only where a tree differs from the one before. */
export class WorkTree {
  #now: Tree = new Map();

  constructor(readonly path: string) {
    mkdirSync(path, { recursive: true });
  }

  show(tree: Tree): void {
    for (const [name, was] of this.#now) {
      const is = tree.get(name);
      // What is no file is made anew.
      if (is === undefined || (is !== was && (typeof was === 'string' || typeof is === 'string'))) {
        rmSync(join(this.path, name), { recursive: true });
      }
    }
    for (const [name, is] of tree) if (is !== this.#now.get(name)) this.#make(name, is);
    this.#now = tree;
  }

  #make(name: string, entry: Buffer | string): void {
    const path = join(this.path, name);
    if (typeof entry !== 'string') writeFileSync(path, entry);
    else if (entry === 'pipe') execFileSync('mkfifo', [path]);
    else if (entry === 'link') symlinkSync('/etc/hostname', path);
    else mkdirSync(path);
  }
}
