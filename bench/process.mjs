// What the system says of a process and of itself (Linux; elsewhere what cannot be read is left out).
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

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
  const field = (name) => (Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status ?? '')?.[1]) * 1024) / 1e6;
  if (status !== undefined) return { now: field('VmRSS'), most: field('VmHWM') };
  const now = (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024) / 1e6;
  return { now, most: Number.NaN };
}

/** How busy all processors are during a second in which we do nothing, in per cent. */
export async function busyPercent() {
  const before = cpuTimes();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = cpuTimes();
  return Math.round((100 * (after.busy - before.busy)) / Math.max(1, after.total - before.total));
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
