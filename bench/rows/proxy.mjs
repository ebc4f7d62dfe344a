// The proxy of deploy/proxy: the same GET and PUT through it and, as the floor, straight to MinIO. One process of nginx.
import { randomBytes } from 'node:crypto';
import { alternate } from '../load.mjs';
import { timing } from '../results.mjs';
import { BUCKET } from '../stage.mjs';

const SMALL = 1024;
const LARGE = 16 * 1024 * 1024;
const IN_FLIGHT = 16;

export async function proxy(stage, samples) {
  const minio = await stage.minio();
  const before = await stage.proxy(minio);
  const floor = await stage.floor(minio);
  const through = stage.floorAt({ ...minio, endpoint: before.endpoint });
  const bodies = { small: randomBytes(SMALL), large: randomBytes(LARGE) };
  for (const [key, body] of Object.entries(bodies)) await floor.write(minio, BUCKET, key, body);
  const compare = (call, { count, inFlight = 1 }) =>
    alternate({
      pid: before.pid,
      service: () => call(through),
      floor: () => call(floor),
      rounds: samples.rounds,
      count: samples.count(count),
      inFlight,
    });
  const get = (key) => (client) => client.read(minio, BUCKET, key);
  const put = (key) => (client) => client.write(minio, BUCKET, key, bodies[key]);
  return [
    timing('S3 GET of 1 KiB through the proxy, one at a time', await compare(get('small'), { count: 400 })),
    timing(
      `the same, ${IN_FLIGHT} in flight`,
      await compare(get('small'), { count: 800, inFlight: IN_FLIGHT }),
    ),
    timing('S3 PUT of 1 KiB through the proxy, one at a time', await compare(put('small'), { count: 200 })),
    timing('S3 GET of 16 MiB through the proxy, one at a time', await compare(get('large'), { count: 20 })),
    timing('S3 PUT of 16 MiB through the proxy, one at a time', await compare(put('large'), { count: 20 })),
  ];
}
