// Provisions: how soon an accepted one is done while nothing else waits, and how many a second are done when many are there at once. The
// kind that changes nothing shows what the queue costs. The floor is as many reads of one row by a bare HTTP server.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { alternate, inLanes } from '../load.mjs';
import { timing, value } from '../results.mjs';
import { get, post } from '../stage.mjs';

const PROVISIONS = 400;
/** Each has two. */
const SUBJECTS = 200;
const BATCHES = 4;
const LANES = 8;
const LOOK_MS = 5;
/** Between looks at many: each costs the service more than one provision. */
const LOOK_AT_MANY_MS = 250;
const READ = { method: 'POST', path: '/', headers: [] };

export async function provisions(stage, samples) {
  const minio = await stage.minio();
  const kinds = stage.database === 'postgres' ? ['postgres', 'pglite'] : ['pglite'];
  const lines = [];
  for (const kind of kinds) lines.push(...(await stage.act(() => onOne(stage, minio, kind, samples))));
  return lines;
}

async function onOne(stage, minio, kind, samples) {
  const name = kind === 'postgres' ? 'PostgreSQL' : 'PGlite';
  const service = await stage.service(minio, { database: await stage.databaseEnv(kind) });
  const times = await stage.recordTimes(service);
  const bare = await stage.floorServer();
  const subjects = samples.count(SUBJECTS);
  const prefix = kind;
  await inLanes(LANES, subjects, async (index) => {
    await service.client.expect(post(`/users/${prefix}${index}`, service.token), 201);
    await service.client.expect(post(`/groups/${prefix}${index}`, service.adminToken, { members: [] }), 201);
  });
  const single = await oneAtATime({ service, times, bare, samples, prefix });
  const count = samples.count(PROVISIONS);
  const scene = { service, bare, count, subjects, prefix };
  const roles = await batches(scene, grantOf);
  const members = await batches(scene, membershipOf);
  const what = `${count} provisions of ${subjects} subjects at once`;
  return [
    timing(`provision without a change, ${name}, from acceptance to its end`, single),
    value(`${what}, without a change, ${name}`, 'a second', roles),
    value(`${what}, memberships, ${name}`, 'a second', members),
  ];
}

/** The times are those of the provisions' own events; the attempt that changes nothing is part of them. */
async function oneAtATime({ service, times, bare, samples, prefix }) {
  const count = samples.count(60);
  const latencies = [];
  const measured = await alternate({
    pid: service.pid,
    floorPid: bare.pid,
    floor: () => bare.client.expect(READ, 200),
    service: async () => latencies.push(await followed(service, times, grantOf(prefix, 0))),
    rounds: samples.rounds,
    count,
    warmUp: count,
  });
  measured.service.latencies = latencies.slice(count);
  return measured;
}

export async function followed(service, times, request) {
  const { body } = await service.client.expect(post('/provisions', service.adminToken, request), 202);
  const { id } = JSON.parse(body);
  const asked = get(`/provisions/${id}`, service.adminToken);
  for (;;) {
    const answer = await service.client.expect(asked, 200);
    const { status, events } = JSON.parse(answer.body);
    if (status === 'completed')
      return times.provision(id, Date.parse(events.at(-1).at) - Date.parse(events[0].at));
    if (status === 'failed') throw new Error('a provision failed');
    await sleep(LOOK_MS);
  }
}

async function batches({ service, bare, count, subjects, prefix }, requestOf) {
  const rates = { service: [], floor: [] };
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const reads = performance.now();
    await Promise.all(Array.from({ length: count }, () => bare.client.expect(READ, 200)));
    const rate = (count * 1000) / (performance.now() - reads);
    const requests = Array.from({ length: count }, (_, index) =>
      requestOf(prefix, index % subjects, index, batch),
    );
    const seconds = await submitted(service, requests);
    // the first is a warm-up
    if (batch === 0) continue;
    rates.floor.push(rate);
    rates.service.push(count / seconds);
  }
  return rates;
}

/** Seconds from the first request until the last of them was done, by its own record. */
async function submitted(service, requests) {
  const id = randomUUID();
  const started = Date.now();
  await Promise.all(
    requests.map((each) => {
      const request = post('/provisions', service.adminToken, each);
      return service.client.expect({ ...request, headers: [...request.headers, 'x-request-id', id] }, 202);
    }),
  );
  const there = async (status, limit = 1) => {
    const path = `/provisions?correlation_id=${id}&status=${status}&limit=${limit}`;
    const { body } = await service.client.expect(get(path, service.adminToken), 200);
    return JSON.parse(body).items;
  };
  // one that runs may wait again
  while (
    [...(await there('pending')), ...(await there('processing')), ...(await there('pending'))].length > 0
  )
    await sleep(LOOK_AT_MANY_MS);
  const done = await there('completed', requests.length);
  if (done.length !== requests.length) throw new Error('a provision was lost or failed');
  const last = Math.max(...done.map((each) => Date.parse(each.provisioned_at)));
  return (last - started) / 1000;
}

export function grantOf(prefix, subject) {
  return { kind: 'access.grant', input: { userId: `${prefix}${subject}`, roles: [] } };
}

/** Two people for each group, by turns in and out. */
function membershipOf(prefix, subject, index, batch) {
  const user = `${prefix}${(subject + (index === subject ? 0 : 1)) % 2}`;
  const state = batch % 2 === 0 ? 'present' : 'absent';
  return { kind: 'membership', input: { group_name: `${prefix}${subject}`, user_name: user, state } };
}
