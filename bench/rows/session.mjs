// A session for an existing user: `POST /users/{user}/sessions`. The floor is AssumeRole, signed by the user's own keys.
import { alternate } from '../load.mjs';
import { atMost, timing } from '../results.mjs';
import { post } from '../stage.mjs';
import { floorPeople, servicePeople } from './users.mjs';

const PEOPLE = 50;
const IN_FLIGHT = 50;

export async function session(stage, samples) {
  const minio = await stage.minio();
  const service = await stage.service(minio);
  const floor = await stage.floor(minio);
  const people = await servicePeople(stage, service, PEOPLE);
  const keys = await floorPeople(floor, PEOPLE);
  const requests = people.map(({ name, token }) => post(`/users/${name}/sessions`, token));
  const contenders = {
    pid: service.pid,
    service: (index) => service.client.expect(requests[index % PEOPLE], 201),
    floor: (index) => floor.session(keys[index % PEOPLE]),
  };
  const single = await alternate({ ...contenders, rounds: samples.rounds, count: samples.count(400) });
  const many = await alternate({
    ...contenders,
    inFlight: IN_FLIGHT,
    rounds: samples.rounds,
    count: samples.count(1500),
  });
  return [
    timing('session, one at a time', single, (measured) => [
      atMost('p50 ≤ 1.8× floor', measured.service.p50, 1.8 * measured.floor.p50),
    ]),
    timing(`session, ${IN_FLIGHT} in flight`, many, (measured) => [
      atMost('p50 ≤ 1.4× floor', measured.service.p50, 1.4 * measured.floor.p50),
    ]),
  ];
}
