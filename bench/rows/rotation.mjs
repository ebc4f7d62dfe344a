// Rotation: `POST /users/{user}`. The floor is add-user with an encrypted body, and the record beside it.
import { alternate } from '../load.mjs';
import { atMost, timing } from '../results.mjs';
import { post } from '../stage.mjs';
import { floorPeople, servicePeople } from './users.mjs';

const PEOPLE = 50;
const IN_FLIGHT = 8;

export async function rotation(stage, samples) {
  const minio = await stage.minio();
  const service = await stage.service(minio);
  const floor = await stage.floor(minio);
  const people = await servicePeople(stage, service, PEOPLE);
  const keys = await floorPeople(floor, PEOPLE);
  const requests = people.map(({ name, token }) => post(`/users/${name}`, token));
  const contenders = {
    pid: service.pid,
    service: async (index) => {
      const { body } = await service.client.expect(requests[index % PEOPLE], 200);
      if (!body.includes('"rotated":true')) throw new Error('a rotation did not rotate');
    },
    floor: (index) => {
      const { accessKey } = keys[index % PEOPLE];
      return floor.recorded(accessKey, () => floor.addUser(accessKey));
    },
  };
  const single = await alternate({
    ...contenders,
    rounds: samples.rounds,
    count: samples.count(150),
    warmUp: samples.count(300),
  });
  const many = await alternate({
    ...contenders,
    inFlight: IN_FLIGHT,
    rounds: samples.rounds,
    count: samples.count(400),
  });
  return [
    timing('rotation, one at a time', single, (measured) => [
      atMost('p50 ≤ 1.6× floor', measured.service.p50, 1.6 * measured.floor.p50),
    ]),
    timing(`rotation, ${IN_FLIGHT} in flight`, many),
  ];
}
