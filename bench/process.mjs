// What the system says of a process and of itself (Linux; elsewhere what cannot be read is left out).
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

const TICKS_PER_SECOND = 100;

/** Processor time that a process has used, all its threads, in seconds. @param {number} pid */
export function cpuSeconds(pid) {
  const nanoseconds = threads(pid).map((thread) => Number(read(`${thread}/schedstat`)?.split(' ')[0]));
  return nanoseconds.length > 0 ? nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9 : Number.NaN;
}

function threads(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`);
  } catch {
    return [];
  }
}

/** Resident memory in MB (1,000,000 bytes), now and the most it ever was. @param {number} pid */
export function memoryMb(pid) {
  const status = read(`/proc/${pid}/status`);
  const field = (name) =>
    (Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status ?? '')?.[1]) * 1024) / 1e6;
  if (status !== undefined) return { now: field('VmRSS'), most: field('VmHWM') };
  const now =
    (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024) / 1e6;
  return { now, most: Number.NaN };
}

/** Begins to watch; the function that it gives says how much of the processors other work has taken since, in per cent. */
export function watchOthers() {
  const before = { ...cpuTimes(), ours: oursInSeconds() };
  return () => {
    const after = { ...cpuTimes(), ours: oursInSeconds() };
    const others = after.busy - before.busy - (after.ours - before.ours) * 1000;
    return Math.max(0, Math.round((100 * others) / Math.max(1, after.total - before.total)));
  };
}

/** Processor time of this process and all it started, those included that have ended. */
function oursInSeconds() {
  const stats = processIds().flatMap((pid) => statOf(pid) ?? []);
  const children = Map.groupBy(stats, ({ parent }) => parent);
  const below = (pid) => (children.get(pid) ?? []).flatMap((each) => [each, ...below(each.pid)]);
  const all = [...stats.filter(({ pid }) => pid === process.pid), ...below(process.pid)];
  return all.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND;
}

function statOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // user and system time, its own and that of children that have ended
  return {
    pid,
    parent: Number(fields[1]),
    ticks: fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0),
  };
}

function processIds() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

export function machine() {
  return {
    processors: cpus().length,
    model: cpus()[0]?.model.trim() || 'unknown model',
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    load: loadavg()[0],
  };
}

function cpuTimes() {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const total = sum(times.flatMap((each) => Object.values(each)));
  return { total, busy: total - sum(times.map(({ idle }) => idle)) };
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
