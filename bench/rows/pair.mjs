// The present pair: `POST /users/{user}` with `{"rotate": false}`. The floor is a bare HTTP server that reads one row.
import { alternate } from '../load.mjs';
import { atLeast, atMost, holds, timing } from '../results.mjs';
import { post } from '../stage.mjs';
import { servicePeople } from './users.mjs';

const PEOPLE = 50;
const IN_FLIGHT = 32;

export async function pair(stage, samples) {
  const minio = await stage.counted(await stage.minio());
  const service = await stage.service(minio);
  const bare = await stage.floorServer();
  const people = await servicePeople(stage, service, PEOPLE);
  const requests = people.map(({ name, token }) => post(`/users/${name}`, token, { rotate: false }));
  const contenders = {
    pid: service.pid,
    floorPid: bare.pid,
    service: (index) => service.client.expect(requests[index % PEOPLE], 200),
    floor: () => bare.client.expect({ method: 'POST', path: '/', headers: [] }, 200),
  };
  await people.reduce((before, _, index) => before.then(() => contenders.service(index)), Promise.resolve());
  const before = minio.bytes();
  const single = await alternate({ ...contenders, rounds: samples.rounds, count: samples.count(500) });
  const many = await alternate({
    ...contenders,
    inFlight: IN_FLIGHT,
    rounds: samples.rounds,
    count: samples.count(3000),
  });
  const perRequest =
    (minio.bytes() - before) / (single.service.latencies.length + many.service.latencies.length);
  return [
    timing('present pair, one at a time', single, ({ service: { p50 }, floor }) => [
      atMost('p50 ≤ 2× floor', p50, 2 * floor.p50),
      // once a second the service asks whether MinIO lives; a call for each request would be hundreds of bytes each
      holds('no MinIO call', perRequest < 10, `${perRequest.toFixed(1)} bytes to or from MinIO per request`),
    ]),
    timing(`present pair, ${IN_FLIGHT} in flight`, many, ({ service: { rate }, floor }) => [
      atLeast('rate ≥ a third of the floor', rate, floor.rate / 3),
    ]),
  ];
}
