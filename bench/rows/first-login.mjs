// The first login of a new user: `POST /users/{user}/sessions` by a service token, as a login hook does it. The floor makes policy,
// user, mapping, home and session of another new user, and the record beside them.
import { alternate } from '../load.mjs';
import { memoryMb } from '../process.mjs';
import { atMost, timing, total } from '../results.mjs';
import { BUCKET, post } from '../stage.mjs';

const AT_ONCE = 50;

export async function firstLogin(stage, samples) {
  const minio = await stage.minio();
  const service = await stage.service(minio);
  const floor = await stage.floor(minio);
  const calls = (name) => ({
    pid: service.pid,
    service: (index) => service.client.expect(post(`/users/${name}${index}/sessions`, service.token), 201),
    floor: (index) => floor.firstLogin(`floor-${name}${index}`, BUCKET),
  });
  const single = await alternate({
    ...calls('one'),
    rounds: samples.rounds,
    count: samples.count(60),
    warmUp: samples.count(200),
  });
  const storm = await alternate({
    ...calls('storm'),
    inFlight: AT_ONCE,
    rounds: samples.count(10),
    count: AT_ONCE,
    warmUp: 2 * AT_ONCE,
  });
  return [
    timing('first login of a new user, one at a time', single, (measured) => [
      atMost('p50 ≤ 1.7× floor', measured.service.p50, 1.7 * measured.floor.p50),
    ]),
    total(
      `first login, ${AT_ONCE} new users at once, all of them`,
      storm,
      (measured) => [atMost('≤ 1.3× floor', measured.service.p50, 1.3 * measured.floor.p50)],
      `The service's memory never rose above ${Math.round(memoryMb(service.pid).most)} MB`,
    ),
  ];
}
