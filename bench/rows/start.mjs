// From the start of the process to the first 200 of /readyz, and the processor time until then. The floor is Node with a bare HTTP
// server and a database pool.
import { cpuSeconds } from '../process.mjs';
import { atMost, value } from '../results.mjs';

export async function start(stage, samples) {
  const minio = await stage.minio();
  const folder = stage.folder();
  const embedded = await stage.databaseEnv('pglite', folder);
  const ready = (database) => stage.act(async () => timesOf(await stage.service(minio, { database })));
  const bare = () => stage.act(async () => timesOf(await stage.floorServer()));
  const server = stage.database === 'postgres' ? await stage.databaseEnv() : undefined;
  const first = { pglite: await ready(embedded), postgres: server && (await ready(server)) };
  const times = { floor: [], pglite: [], postgres: [] };
  for (let round = 0; round < Math.max(3, samples.count(7)); round += 1) {
    times.floor.push(await bare());
    times.pglite.push(await ready(embedded));
    if (server) times.postgres.push(await ready(server));
  }
  const { floor, pglite, postgres } = times;
  const lines = [
    value('start, PGlite, first time', 'ms', of('wall', [first.pglite], floor)),
    ...both('start, PGlite, folder there', pglite, floor, 3),
  ];
  if (server) lines.push(...both('start, PostgreSQL, schema there', postgres, floor, 2));
  return lines;
}

function timesOf({ pid, readyMs }) {
  return { wall: readyMs, cpu: cpuSeconds(pid) * 1000 };
}

function of(which, service, floor) {
  return { service: service.map((each) => each[which]), floor: floor.map((each) => each[which]) };
}

function both(what, service, floor, seconds) {
  return [
    value(what, 'ms', of('wall', service, floor), (measured) => [
      atMost(`≤ ${seconds} s`, measured.service, seconds * 1000),
    ]),
    value(`${what}, processor time`, 'ms', of('cpu', service, floor)),
  ];
}
