import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tempDir } from '../service/temp.js';

const run = promisify(execFile);

/** A fenced block of code; `line`: where its text begins, from 1. */
export interface Block {
  language: string;
  text: string;
  line: number;
}

/** The fenced blocks of a page of Markdown, in order; in a list without the indentation of it. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^( *)```([\w-]*)\n(.*?)^ *```$/gms)].map((found) => {
    const [, indent = '', language = '', code = ''] = found;
    const line = text.slice(0, found.index).split('\n').length + 1;
    return { language, text: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), line };
  });
}

/** A terminal of somebody: what one command exports is there for the next, and nothing of this process but what is given. */
export class Terminal {
  private readonly exported = join(tempDir('terminal'), 'exported');

  constructor(
    readonly folder: string,
    private readonly env: Record<string, string>,
  ) {
    writeFileSync(this.exported, '', { mode: 0o600 });
  }

  /** What the commands print; throws when one of them fails. */
  async run(commands: string): Promise<string> {
    const script = `. "$EXPORTED"\nset -euo pipefail\n${commands}\nexport -p > "$EXPORTED"\n`;
    const env = { PATH: process.env.PATH ?? '', HOME: this.folder, ...this.env, EXPORTED: this.exported };
    const running = run('bash', ['-c', script], { cwd: this.folder, env, maxBuffer: 64 << 20 });
    running.child.stdin?.end();
    return (await running).stdout;
  }

  /** What commands that fail say, with their exit code. */
  async failure(commands: string): Promise<{ code: number; said: string }> {
    try {
      return { code: 0, said: await this.run(commands) };
    } catch (error: any) {
      if (typeof error.code !== 'number') throw error;
      return { code: error.code, said: `${error.stdout}${error.stderr}` };
    }
  }
}
