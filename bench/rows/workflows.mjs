// Runs of a workflow of six steps without effect: how long one takes that has the service to itself, and how many a second are done when a
// hundred are asked for at once. The floor is one provision that changes nothing, on the same service.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alternate } from '../load.mjs';
import { atLeast, atMost, timing, value } from '../results.mjs';
import { get, post } from '../stage.mjs';
import { followed, grantOf } from './provisions.mjs';

const STEPS = 6;
const RUNS = 100;
const BATCHES = 4;
const LOOK_MS = 10;
const LOOK_AT_MANY_MS = 250;
const TEAM = 'Lab';

export async function workflows(stage, samples) {
  const minio = await stage.minio();
  const kinds = stage.database === 'postgres' ? ['postgres', 'pglite'] : ['pglite'];
  const lines = [];
  for (const kind of kinds) lines.push(...(await stage.act(() => onOne(stage, minio, kind, samples))));
  return lines;
}

async function onOne(stage, minio, kind, samples) {
  const env = { PROVIDERS_DIR: providers(stage.folder()) };
  const service = await stage.service(minio, { database: await stage.databaseEnv(kind), env });
  await service.client.expect(post(`/users/${kind}0`, service.token), 201);
  await service.client.expect(post(`/groups/${TEAM}`, service.adminToken, { members: [] }), 201);
  const name = kind === 'postgres' ? 'PostgreSQL' : 'PGlite';
  const isJudged = kind === 'postgres';
  const times = await stage.recordTimes(service);
  const single = await oneAtATime({ service, times, samples, prefix: kind });
  const rates = await batches(service, samples.count(RUNS), single);
  return [
    timing(
      `workflow of ${STEPS} steps without effect, ${name}, from acceptance to its end`,
      single,
      (both) => (isJudged ? [atMost('p50 ≤ 6× one provision', both.service.p50, 6 * both.floor.p50)] : []),
    ),
    value(`${samples.count(RUNS)} such runs at once, ${name}`, 'a second', rates, (both) =>
      isJudged ? [atLeast('≥ 10 a second', both.service, 10)] : [],
    ),
  ];
}

/** A folder with one provider: each step of its workflow looks at a parameter, and changes nothing. */
function providers(folder) {
  const steps = Array.from(
    { length: STEPS },
    (_, index) => `  - {name: step-${index}, type: assert, with: {that: inputs.size > ${index}}}`,
  );
  const files = {
    'provider.yaml': 'name: bench\ndescription: What is measured\nowner: bench\nworkflows_dir: workflows\n',
    'workflows/look.yaml': `name: look\ndescription: Changes nothing\nparameters: [{name: size, type: integer, default: 10}]\nsteps:\n${steps.join('\n')}\n`,
  };
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, 'bench', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

/** The times are those of the records: of the run, and of the provision's own events. */
async function oneAtATime({ service, times, samples, prefix }) {
  const latencies = { floor: [], service: [] };
  const count = samples.count(40);
  const measured = await alternate({
    ...{ pid: service.pid, floorPid: service.pid, rounds: samples.rounds, count, warmUp: count },
    floor: async () => latencies.floor.push(await followed(service, times, grantOf(prefix, 0))),
    service: async (index) => latencies.service.push(await run(service, times, `one-${index}`)),
  });
  for (const side of ['floor', 'service']) measured[side].latencies = latencies[side].slice(count);
  return measured;
}

async function run(service, times, application) {
  const id = await accepted(service, application);
  const asked = get(`/api/workflows/${id}`, service.adminToken);
  for (;;) {
    const { status, created_at, ended_at } = JSON.parse((await service.client.expect(asked, 200)).body);
    if (status === 'completed') return times.run(id, Date.parse(ended_at) - Date.parse(created_at));
    if (status === 'failed') throw new Error('a run failed');
    await sleep(LOOK_MS);
  }
}

async function accepted(service, application) {
  const body = { team: TEAM, parameters: {}, application };
  const request = post('/api/workflows/bench/look/execute', service.adminToken, body);
  return JSON.parse((await service.client.expect(request, 202)).body).id;
}

/** Runs a second; each is one of its own, as an application of the team. The floor is the rate of provisions one after the other. */
async function batches(service, count, single) {
  const rates = { service: [], floor: single.floor.rates };
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const started = Date.now();
    await Promise.all(
      Array.from({ length: count }, (_, index) => accepted(service, `many-${batch}-${index}`)),
    );
    const last = await ended(service, started, count);
    // the first is a warm-up
    if (batch > 0) rates.service.push((count * 1000) / (last - started));
  }
  return rates;
}

/** When the last of the runs since then ended, by its record. */
async function ended(service, since, count) {
  for (;;) {
    const { body } = await service.client.expect(
      get(`/api/workflows?limit=${count}`, service.adminToken),
      200,
    );
    const runs = JSON.parse(body).items;
    if (runs.some(({ status }) => status === 'failed')) throw new Error('a run failed');
    if (runs.length === count && runs.every(({ status }) => status === 'completed'))
      return Math.max(...runs.map(({ ended_at }) => Date.parse(ended_at)));
    await sleep(LOOK_AT_MANY_MS);
  }
}
