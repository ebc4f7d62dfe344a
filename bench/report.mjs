// The report: Markdown for people, between two markers of docs/performance.md on demand, and everything as JSON beside it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/node.mjs';
import { predecessorTable } from './predecessor.mjs';

const DOCS = join(ROOT, 'docs', 'performance.md');
/** Ignored by git. */
export const RESULTS = join(ROOT, '.cache', 'bench');
const MARKERS = ['<!-- bench: start -->', '<!-- bench: end -->'];

/** @param {{ lines: import('./results.mjs').Line[], machine: any, settings: any, date: string }} run */
export function toMarkdown(run) {
  const timings = run.lines.filter(({ kind }) => kind === 'timing');
  const values = run.lines.filter(({ kind }) => kind === 'value');
  const said = run.lines
    .flatMap(({ note, targets }) => [note, ...targets.map(({ detail }) => detail)])
    .filter(Boolean);
  // rows of one run may share a note
  const notes = [...new Set(said)];
  return [
    conditions(run),
    ...(timings.length > 0 ? [table(TIMING_HEAD, timings.map(timingRow))] : []),
    ...(values.length > 0 ? [table(VALUE_HEAD, values.map(valueRow))] : []),
    ...(notes.length > 0 ? [notes.map((note) => `- ${note}.`).join('\n')] : []),
    ...predecessorTable(run.lines, table),
  ].join('\n\n');
}

export function saveJson(run) {
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `${run.date.replace(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`);
  return file;
}

/** Replaces what is between the markers. */
export async function writeDocs(markdown) {
  const [start, end] = MARKERS;
  const [before, rest] = readFileSync(DOCS, 'utf8').split(start);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error('docs/performance.md has no markers for the results');
  const text = `${before}${start}\n\n${markdown}\n\n${end}${after}`;
  const { format, resolveConfig } = await import('prettier');
  writeFileSync(DOCS, await format(text, { ...(await resolveConfig(DOCS)), parser: 'markdown' }));
}

function conditions({ date, machine, settings, lines }) {
  const { processors, model, memoryGb, node } = machine;
  const others = lines.map(({ othersPercent }) => othersPercent);
  const { database, minio, logLevel } = settings;
  return [
    `Measured on ${date.slice(0, 10)}: ${processors} processors (${model}), ${memoryGb} GB, ${machine.platform}, Node ${node},`,
    `${database}, MinIO ${minio}. Service with LOG_LEVEL=${logLevel}, NODE_ENV=production and rate limits off; load`,
    `generator, service, database and MinIO share the processors. Other work took up to ${Math.max(...others)} % of them`,
    'while a row was measured.',
  ].join('\n');
}

const TIMING_HEAD = 'what|p50|p99|rate|CPU|floor p50|difference|ratio|target|met|samples'.split('|');
const VALUE_HEAD = 'what|measured|floor|difference|target|met|samples'.split('|');

function timingRow({ what, service, floor, targets }) {
  return [
    what,
    ms(service.p50),
    ms(service.p99),
    `${count(service.rate)}/s`,
    service.cpuMs ? ms(service.cpuMs) : '',
    ms(floor.p50),
    signed(service.p50 - floor.p50, ms),
    `${(service.p50 / floor.p50).toFixed(1)}×`,
    ...judgement(targets),
    samples(service.samples, floor.samples),
  ];
}

function valueRow({ what, unit, service, floor, targets }) {
  const show = (number) => `${count(number)} ${unit}`;
  const difference = signed(service.median - floor.median, show);
  const sizes = samples(service.all.length, floor.all.length);
  return [what, show(service.median), show(floor.median), difference, ...judgement(targets), sizes];
}

function judgement(targets) {
  const met = targets.map((target) => (target.met ? 'yes' : '**no**'));
  return [targets.map(({ text }) => text).join('; '), met.join('; ')];
}

function samples(service, floor) {
  return service === floor ? count(service) : `${count(service)} / ${count(floor)}`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function signed(number, show) {
  return `${number < 0 ? '−' : '+'}${show(Math.abs(number))}`;
}

export function ms(number) {
  return `${number >= 100 ? count(number) : number.toFixed(number >= 10 ? 1 : 2)} ms`;
}

function count(number) {
  return Math.round(number).toLocaleString('en-US');
}
