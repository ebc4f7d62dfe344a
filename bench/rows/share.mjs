// Sharing: `POST /users/{user}/share` and its end, with so many users each, and 50 at once with one group. The floor is what each
// target needs at the least, sent at once for all: the document, then the mapping; and one record beside them.
import { alternate } from '../load.mjs';
import { atMost, holds, timing, total } from '../results.mjs';
import { BUCKET, post } from '../stage.mjs';
import { mcFor } from './mc.mjs';
import { floorPeople, servicePeople } from './users.mjs';

const TARGETS = [1, 5, 20];
/** Times the floor, by number of targets. */
const MOST = { 1: 2, 5: 1.6, 20: 1.4 };
const AT_ONCE = 50;
const HOME = `s3a://${BUCKET}/users-warehouse/person0`;

export async function share(stage, samples) {
  const minio = await stage.minio();
  const service = await stage.service(minio);
  const floor = await stage.floor(minio);
  const people = await servicePeople(stage, service, Math.max(...TARGETS) + 1);
  const keys = await floorPeople(floor, Math.max(...TARGETS));
  const owner = people[0];
  const lines = [];
  for (const count of TARGETS) {
    const names = people.slice(1, count + 1).map(({ name }) => name);
    const body = { path: `${HOME}/reports${count}/` };
    const requests = [
      post('/users/person0/share', owner.token, { ...body, with_users: names }),
      post('/users/person0/unshare', owner.token, { ...body, from_users: names }),
    ];
    const measured = await alternate({
      pid: service.pid,
      service: (index) => service.client.expect(requests[index % 2], 200),
      floor: () =>
        floor.recorded('floor', () =>
          Promise.all(keys.slice(0, count).map((each) => floor.policyAndMapping(each.accessKey, BUCKET))),
        ),
      rounds: samples.rounds,
      count: samples.count(Math.ceil(200 / count)) * 2,
    });
    const most = MOST[count];
    const judge = ({ service: { p50 }, floor: { p50: least } }) => [
      atMost(`p50 ≤ ${most}× floor`, p50, most * least),
    ];
    lines.push(timing(`share or unshare, ${count} ${count === 1 ? 'user' : 'users'}`, measured, judge));
  }
  lines.push(...(await besideMc(stage, { minio, service, keys, owner, samples })));
  return [...lines, await storm(service, floor, { owner, keys, samples })];
}

/** The same share by `mc` processes, where there is an `mc` or Go to build it. */
async function besideMc(stage, { minio, service, keys, owner, samples }) {
  const mc = mcFor(minio, stage.folder());
  if (!mc) return [];
  const body = { path: `${HOME}/beside-mc/` };
  const requests = [
    post('/users/person0/share', owner.token, { ...body, with_users: ['person1'] }),
    post('/users/person0/unshare', owner.token, { ...body, from_users: ['person1'] }),
  ];
  const measured = await alternate({
    pid: service.pid,
    service: (index) => service.client.expect(requests[index % 2], 200),
    floor: (index) => mc.share(index, keys[0].accessKey, BUCKET),
    rounds: samples.rounds,
    count: samples.count(8) * 2,
    warmUp: 2,
  });
  return [timing('share or unshare, 1 user; floor: two `mc` processes', measured)];
}

/** 50 paths shared with one group at once, then asked whether the group has all of them. */
async function storm(service, floor, { owner, keys, samples }) {
  const group = `/groups/Bench`;
  await service.client.expect(post(group, service.adminToken, { members: ['person1', 'person2'] }), 201);
  const measured = await alternate({
    pid: service.pid,
    service: (index) => {
      const body = { path: `${HOME}/storm/${index}/`, with_groups: ['Bench'] };
      return service.client.expect(post('/users/person0/share', owner.token, body), 200);
    },
    floor: () => floor.recorded('floor', () => floor.policyAndMapping(keys[0].accessKey, BUCKET)),
    inFlight: AT_ONCE,
    rounds: samples.count(10),
    count: AT_ONCE,
    warmUp: 0,
  });
  const headers = ['authorization', `Bearer ${service.adminToken}`];
  const { body } = await service.client.expect({ method: 'GET', path: group, headers }, 200);
  const { grants, enforced } = JSON.parse(body);
  const all = enforced && grants.length === samples.count(10) * AT_ONCE;
  return total(`share, ${AT_ONCE} at once to one group, all of them`, measured, () => [
    holds('all hold', all),
  ]);
}
