// From the start of the process to the first 200 of /readyz. The floor is Node with a bare HTTP server and a database pool.
import { atMost, value } from '../results.mjs';

export async function start(stage, samples) {
  const minio = await stage.minio();
  const folder = stage.folder();
  const embedded = await stage.databaseEnv('pglite', folder);
  const ready = (database) =>
    stage.act(async () => {
      const service = await stage.service(minio, { database });
      return service.readyMs;
    });
  const bare = () => stage.act(async () => (await stage.floorServer()).readyMs);
  const server = stage.database === 'postgres' ? await stage.databaseEnv() : undefined;
  const first = { pglite: await ready(embedded), postgres: server && (await ready(server)) };
  const times = { floor: [], pglite: [], postgres: [] };
  for (let round = 0; round < Math.max(3, samples.count(7)); round += 1) {
    times.floor.push(await bare());
    times.pglite.push(await ready(embedded));
    if (server) times.postgres.push(await ready(server));
  }
  const { floor } = times;
  const lines = [
    value('start, PGlite, first time', 'ms', { service: [first.pglite], floor }),
    value('start, PGlite, folder there', 'ms', { service: times.pglite, floor }, (measured) => [
      atMost('≤ 3 s', measured.service, 3000),
    ]),
  ];
  if (server) lines.push(value('start, PostgreSQL, schema there', 'ms', { service: times.postgres, floor }));
  return lines;
}
