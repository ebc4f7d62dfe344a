// The sweep: `GET /admin/drift` with everybody in sync, and what an S3 client feels of it meanwhile. The floors are the reads of all
// policies, eight at once, beside the same S3 client; the service's memory before; and the S3 client while nothing else goes on.
import { setTimeout as sleep } from 'node:timers/promises';
import { inLanes, slowestWhile } from '../load.mjs';
import { memoryMb } from '../process.mjs';
import { atMost, holds, value } from '../results.mjs';
import { BUCKET, post } from '../stage.mjs';

const USERS = 10_000;
const SWEEPS = 3;
const IN_FLIGHT = 12;
/** Reads of the sweep at once. */
const LANES = 8;
const READER = 'floor-reader';

export async function sweep(stage, samples) {
  const minio = await stage.minio();
  const service = await stage.service(minio);
  const floor = await stage.floor(minio);
  const users = samples.count(USERS);
  await inLanes(IN_FLIGHT, users, (index) => makeUser(service, `u${index}`));
  const keys = await floor.createUser(READER, BUCKET);
  await floor.home(READER, BUCKET);
  const get = () => floor.read(keys, BUCKET, `users-warehouse/${READER}/`);
  await get();
  await sleep(5000);
  const rounds = [];
  for (let round = 0; round < SWEEPS; round += 1) {
    const started = performance.now();
    const reads = inLanes(LANES, users, (index) => floor.policy(`mgr:user:u${index}:0`));
    await slowestWhile(get, reads);
    const bare = performance.now() - started;
    rounds.push({ ...(await once(service, get)), bare });
  }
  const of = (name) => rounds.map((each) => each[name]);
  const clean = rounds.every(({ report }) => report.checked === users && report.subjects.length === 0);
  const what = `sweep, ${users.toLocaleString('en')} users in sync`;
  return [
    value(what, 'ms', { service: of('ms'), floor: of('bare') }, (measured) => [
      atMost('≤ 1.3×', measured.service / measured.floor, 1.3),
      holds('nothing differs', clean),
    ]),
    value(`${what}, memory at the most`, 'MB', { service: of('most'), floor: of('idle') }, (measured) => [
      atMost('≤ 150 MB beyond idle', measured.service - measured.floor, 150),
    ]),
    value(`${what}, slowest S3 GET`, 'ms', { service: of('slowest'), floor: of('quiet') }, (measured) => [
      atMost('≤ 100 ms', measured.service, 100),
    ]),
  ];
}

/** Whoever meets a stall of the machine asks again. */
async function makeUser(service, name) {
  for (let attempt = 1; ; attempt += 1) {
    const { status } = await service.client.send(post(`/users/${name}`, service.token));
    if (status === 200 || status === 201) return;
    if (status !== 503 || attempt === 10) throw new Error(`POST /users/${name}: ${status}`);
    await sleep(1000);
  }
}

/** One sweep, with a client that reads all the time, before it for as long. */
async function once(service, get) {
  const idle = memoryMb(service.pid).now;
  const quiet = await slowestWhile(get, sleep(2000));
  const started = performance.now();
  const headers = ['authorization', `Bearer ${service.adminToken}`];
  const asked = service.client.expect({ method: 'GET', path: '/admin/drift', headers }, 200);
  const most = watchMemory(service.pid, asked);
  const slowest = await slowestWhile(get, asked);
  const { body } = await asked;
  const ms = performance.now() - started;
  return { ms, quiet, slowest, most: await most, idle, report: JSON.parse(body) };
}

async function watchMemory(pid, work) {
  let busy = true;
  const end = () => (busy = false);
  work.then(end, end);
  let most = 0;
  while (busy) {
    most = Math.max(most, memoryMb(pid).now);
    await sleep(20);
  }
  return most;
}
