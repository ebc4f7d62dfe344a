// Loaded into the service by bench/profile.mjs: takes a processor profile from SIGWINCH (or from the start) to the next SIGWINCH. Unlike
// --cpu-prof it can leave the start out, and needs no orderly end of the process. (Node keeps SIGUSR1 for itself, Nest ends on SIGUSR2.)
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

const SAMPLE_MICROSECONDS = 200;
const { BENCH_PROFILE = 'service.cpuprofile', BENCH_PROFILE_FROM } = process.env;
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
let running = BENCH_PROFILE_FROM === 'start';
if (running) await session.post('Profiler.start');

process.on('SIGWINCH', () => void (running ? write() : begin()));

async function begin() {
  running = true;
  await session.post('Profiler.start');
}

async function write() {
  running = false;
  const { profile } = await session.post('Profiler.stop');
  writeFileSync(`${BENCH_PROFILE}.part`, JSON.stringify(profile));
  renameSync(`${BENCH_PROFILE}.part`, BENCH_PROFILE);
}
