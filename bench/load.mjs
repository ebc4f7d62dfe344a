// Load: so many calls with so many of them under way, the floor and the service taking turns.
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from './process.mjs';

/** @typedef {(index: number) => Promise<unknown>} Call index counts on over all calls of the run */
/** @typedef {{ latencies: number[], seconds: number[], rates: number[], cpuMs: number }} Measured seconds, rates: one a round; cpuMs: in all */

/**
 * @param {Call} call
 * @param {{ first: number, count: number, inFlight: number }} how
 */
async function load(call, { first, count, inFlight }) {
  const latencies = new Array(count);
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next++;
      const asked = performance.now();
      await call(first + index);
      latencies[index] = performance.now() - asked;
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane));
  return { latencies, seconds: (performance.now() - started) / 1000 };
}

/**
 * Rounds of `count` calls each, the floor and the service in turns and in changing order, so that whatever else the machine does
 * hits both. A warm-up of each comes first.
 * @param {{ floor: Call, service: Call, pid: number, floorPid?: number, rounds: number, count: number, inFlight?: number, warmUp?: number }} options
 * @returns {Promise<{ floor: Measured, service: Measured }>}
 */
export async function alternate({
  floor,
  service,
  pid,
  floorPid,
  rounds,
  count,
  inFlight = 1,
  warmUp = count,
}) {
  const contenders = { floor: contender(floor, floorPid), service: contender(service, pid) };
  for (const { call, state } of Object.values(contenders)) {
    if (warmUp > 0) await load(call, { first: 0, count: warmUp, inFlight });
    state.first = warmUp;
  }
  for (let round = 0; round < rounds; round += 1) {
    const pair = [contenders.floor, contenders.service];
    for (const each of round % 2 === 0 ? pair : pair.reverse()) await measure(each, { count, inFlight });
  }
  return { floor: contenders.floor.measured, service: contenders.service.measured };
}

function contender(call, pid) {
  return { call, pid, state: { first: 0 }, measured: { latencies: [], seconds: [], rates: [], cpuMs: 0 } };
}

async function measure({ call, pid, state, measured }, { count, inFlight }) {
  const before = pid ? cpuSeconds(pid) : 0;
  const { latencies, seconds } = await load(call, { first: state.first, count, inFlight });
  state.first += count;
  measured.cpuMs += pid ? (cpuSeconds(pid) - before) * 1000 : 0;
  measured.latencies.push(...latencies);
  measured.seconds.push(seconds);
  measured.rates.push(count / seconds);
}

/** So many calls, some of them at once, not measured. @param {number} lanes @param {number} count @param {Call} call */
export async function inLanes(lanes, count, call) {
  let next = 0;
  const lane = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** The longest that one call took while the work went on, in milliseconds: one call after the other, with a short rest. */
export async function slowestWhile(get, work) {
  let busy = true;
  const end = () => (busy = false);
  work.then(end, end);
  let slowest = 0;
  while (busy) {
    const asked = performance.now();
    await get();
    slowest = Math.max(slowest, performance.now() - asked);
    await sleep(5);
  }
  return slowest;
}
