import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { demoFolder } from '../../config/client-environment.js';
import { CtlError, EXIT } from '../exit-codes.js';
import type { Shown } from '../output/output.js';
import { blocks, plain, table } from '../output/text.js';

const PROJECT = join(import.meta.dirname, '..', '..', '..');

/** Where the demo of a folder is asked; its file is for the owner alone. */
interface Running {
  url: string;
  control: { url: string; token: string };
}

interface Part {
  part: string;
  state: string;
  detail: string;
  url?: string;
  pid?: number;
  /** The demo is whole without it. */
  optional?: boolean;
}

interface Demo {
  parts: Part[];
  /** What to do next, in lines. */
  next: string[];
}

/** One line of an answer. */
type Line = { say: string } | { done: Demo } | { failed: string };

/** Brings up what the machine can give beside the demo that runs. */
export async function demoTime(write: (line: string) => Promise<void>): Promise<Shown> {
  return shown(await ask('/demo-time', write));
}

/** How each part of the demo is. */
export async function demoStatus(): Promise<Shown> {
  return shown(await ask('/demo-status', async () => {}));
}

function shown(demo: Demo): Shown {
  const rows = demo.parts.map(({ part, state, detail }) => [part, state, detail]);
  return {
    value: demo,
    text: blocks(table(['PART', 'STATE', 'DETAIL'], rows), demo.next.map(plain).join('\n')),
    exit: demo.parts.every(isWell) ? EXIT.done : EXIT.failed,
  };
}

function isWell({ state, optional = false }: Part): boolean {
  return state === 'up' || (state === 'not there' && optional);
}

async function ask(path: string, write: (line: string) => Promise<void>): Promise<Demo> {
  const { url, token } = runningDemo().control;
  let answer: Response;
  try {
    const headers = { authorization: `Bearer ${token}` };
    answer = await fetch(`${url}${path}`, { method: 'POST', headers, redirect: 'error' });
  } catch {
    throw noDemo();
  }
  // another program has the port of a demo that was killed
  if (!answer.ok || !answer.body) throw noDemo();
  try {
    for await (const line of linesOf(answer.body)) {
      if ('done' in line) return line.done;
      if ('failed' in line) throw new CtlError(`The demo says: ${plain(line.failed)}`, EXIT.failed);
      await write(plain(line.say));
    }
  } catch (error) {
    if (error instanceof CtlError) throw error;
  }
  throw new CtlError('The demo has ended before it was done', EXIT.failed);
}

function runningDemo(): Running {
  const file = join(demoFolder(PROJECT), 'running.json');
  if (!existsSync(file)) throw noDemo();
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Running;
  } catch {
    throw new CtlError(`${file} cannot be read: it is for who started the demo`, EXIT.failed);
  }
}

function noDemo(): CtlError {
  const folder = relative(process.cwd(), demoFolder(PROJECT)) || '.';
  return new CtlError(
    `The demo is down: none runs on the folder ${folder}. Start it in another terminal: npm start`,
    EXIT.failed,
  );
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Line> {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const lines = `${text}${chunk}`.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as Line;
  }
}
