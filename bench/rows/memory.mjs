// Resident memory of the service when nobody asks anything, and after it was busy. The floor is Node with a bare HTTP server.
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryMb } from '../process.mjs';
import { atMost, value } from '../results.mjs';
import { post } from '../stage.mjs';

const SESSIONS = 2000;

export async function memory(stage, samples) {
  const quietMs = samples.quick ? 5000 : 20_000;
  const minio = await stage.minio();
  const kinds = stage.database === 'postgres' ? ['postgres', 'pglite'] : ['pglite'];
  const lines = [];
  for (const kind of kinds) {
    lines.push(
      ...(await stage.act(() => weigh(stage, minio, kind, { quietMs, sessions: samples.count(SESSIONS) }))),
    );
  }
  return lines;
}

async function weigh(stage, minio, kind, { quietMs, sessions }) {
  const name = kind === 'postgres' ? 'PostgreSQL' : 'PGlite';
  const service = await stage.service(minio, { database: await stage.databaseEnv(kind) });
  const bare = await stage.floorServer();
  const atStart = memoryMb(service.pid).now;
  await sleep(quietMs);
  const quiet = memoryMb(service.pid).now;
  const floor = memoryMb(bare.pid).now;
  const token = service.token;
  for (let index = 0; index < sessions; index += 1) {
    await service.client.expect(post(`/users/person${index % 50}/sessions`, token), 201);
  }
  await sleep(quietMs);
  const after = memoryMb(service.pid).now;
  const seconds = quietMs / 1000;
  return [
    value(`memory, ${name}, when ready`, 'MB', { service: [atStart], floor: [floor] }),
    value(`memory, ${name}, idle for ${seconds} s`, 'MB', { service: [quiet], floor: [floor] }, (measured) =>
      kind === 'postgres' ? [atMost('≤ 180 MB', measured.service, 180)] : [],
    ),
    value(`memory, ${name}, idle for ${seconds} s after ${sessions} sessions`, 'MB', {
      service: [after],
      floor: [floor],
    }),
  ];
}
