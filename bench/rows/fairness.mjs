// One person shares and unshares with another one without pause, as much as the default limit of writes allows in a minute and from many
// connections at once; the other one logs in meanwhile. The floor is add-user while nothing else goes on.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client.mjs';
import { inLanes } from '../load.mjs';
import { atMost, holds, timing } from '../results.mjs';
import { BUCKET, get, post } from '../stage.mjs';
import { floorPeople, servicePeople } from './users.mjs';

/** What RATE_LIMIT_WRITES is by default. */
const WRITES = 1200;
const CONNECTIONS = 200;
const PAUSE_MS = 20;
const MOST_MS = { postgres: 300, pglite: 1000 };

export async function fairness(stage, samples) {
  const minio = await stage.minio();
  const service = await stage.service(minio);
  const floor = await stage.floor(minio);
  const [mallory, bob] = await servicePeople(stage, service, 2);
  const [keys] = await floorPeople(floor, 1);
  const logins = {
    'present pair': { request: post(`/users/${bob.name}`, bob.token, { rotate: false }), status: 200 },
    rotation: { request: post(`/users/${bob.name}`, bob.token), status: 200 },
    session: { request: post(`/users/${bob.name}/sessions`, bob.token), status: 201 },
    'AWS answer': { request: get('/credentials/aws', bob.token), status: 200 },
  };
  const bare = await timed(samples.count(100), () => floor.addUser(keys.accessKey));
  const latencies = Object.fromEntries(Object.keys(logins).map((name) => [name, []]));
  const storm = await stormOf(service, mallory, bob);
  let failed = 0;
  while (!storm.isOver()) {
    for (const [name, { request, status }] of Object.entries(logins)) {
      const asked = performance.now();
      const answer = await service.client.send(request);
      if (answer.status !== status) failed += 1;
      latencies[name].push(performance.now() - asked);
    }
    await sleep(PAUSE_MS);
  }
  const { refused, seconds } = await storm.over;
  const said = `${WRITES.toLocaleString('en')} shares and unshares by ${CONNECTIONS} connections took ${seconds.toFixed(1)} s, ${refused} refused`;
  const limit = MOST_MS[stage.database];
  return Object.entries(latencies).map(([name, all]) =>
    timing(
      `${name} while somebody shares without pause`,
      { service: measured(all), floor: bare },
      (summary) => [
        atMost(`p99 ≤ ${limit / 1000} s`, summary.service.p99, limit),
        holds('none fails', failed === 0, said),
      ],
    ),
  );
}

/** As many writes as a minute allows, as fast as they go. */
async function stormOf(service, mallory, bob) {
  const client = new Client(service.url, CONNECTIONS);
  let [done, refused] = [0, 0];
  const began = performance.now();
  const over = inLanes(CONNECTIONS, WRITES, async (index) => {
    const path = `s3a://${BUCKET}/users-warehouse/${mallory.name}/storm/${Math.floor(index / 2)}/`;
    const [what, whom] = index % 2 === 0 ? ['share', 'with_users'] : ['unshare', 'from_users'];
    const body = { path, [whom]: [bob.name] };
    const { status } = await client.send(post(`/users/${mallory.name}/${what}`, mallory.token, body));
    if (status >= 400) refused += 1;
    done += 1;
  }).then(async () => {
    await client.close();
    return { refused, seconds: (performance.now() - began) / 1000 };
  });
  return { over, isOver: () => done === WRITES };
}

async function timed(count, call) {
  const all = [];
  for (let index = 0; index < count; index += 1) {
    const asked = performance.now();
    await call();
    all.push(performance.now() - asked);
  }
  return measured(all);
}

/** Calls that went one after another. */
function measured(latencies) {
  const seconds = latencies.reduce((sum, each) => sum + each, 0) / 1000;
  return { latencies, seconds: [seconds], rates: [latencies.length / seconds], cpuMs: Number.NaN };
}
