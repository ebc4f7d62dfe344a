// Many grants to one user: what adding one more costs, in time and in policy writes, and what the user's own S3 requests cost then. The floors:
// one document written to MinIO with the record beside it, and the same GET by a user without grants.
import { alternate, inLanes } from '../load.mjs';
import { atMost, timing } from '../results.mjs';
import { BUCKET, post } from '../stage.mjs';
import { servicePeople } from './users.mjs';

const GRANTS = 5000;
/** At most 1,000 from one owner to one grantee. */
const OWNERS = 6;
const LANES = 8;

export async function grants(stage, samples) {
  const minio = await stage.minio();
  const service = await stage.service(minio);
  const floor = await stage.floor(minio);
  const people = await servicePeople(stage, service, OWNERS + 1);
  const grantee = people[OWNERS];
  const plain = await floor.createUser('floor-plain', BUCKET);
  await floor.home('floor-plain', BUCKET);
  const before = samples.count(GRANTS);
  await inLanes(LANES, before, (index) => shareOne(service, people, grantee, index));
  const writes = await policyWrites(service);
  let added = 0;
  const adding = await alternate({
    pid: service.pid,
    service: () => {
      added += 1;
      return shareOne(service, people, grantee, before + added);
    },
    floor: () => floor.recorded('floor-plain', () => floor.policyAndMapping('floor-plain', BUCKET)),
    rounds: samples.rounds,
    count: samples.count(40),
    warmUp: 0,
  });
  const perGrant = ((await policyWrites(service)) - writes) / added;
  const answer = await service.client.expect(
    post(`/users/${grantee.name}`, grantee.token, { rotate: false }),
    200,
  );
  const { access_key: accessKey, secret_key: secretKey } = JSON.parse(answer.body);
  const key = `users-warehouse/${grantee.name}/`;
  const reading = await alternate({
    service: () => floor.read({ accessKey, secretKey }, BUCKET, key),
    floor: () => floor.read(plain, BUCKET, 'users-warehouse/floor-plain/'),
    rounds: samples.rounds,
    count: samples.count(200),
  });
  const many = before.toLocaleString('en');
  return [
    timing(`one more share to a user with ${many}`, adding, (measured) => [
      atMost('p50 ≤ 5× floor', measured.service.p50, 5 * measured.floor.p50),
      atMost('≤ 2 policy writes', perGrant, 2),
    ]),
    timing(`S3 GET by a user with ${many} grants`, reading, (measured) => [
      atMost('p50 ≤ floor + 10 ms', measured.service.p50, measured.floor.p50 + 10),
    ]),
  ];
}

function shareOne(service, people, grantee, index) {
  const { name, token } = people[index % OWNERS];
  const path = `s3a://${BUCKET}/users-warehouse/${name}/a-folder-that-is-shared/${String(index).padStart(6, '0')}/`;
  return service.client.expect(
    post(`/users/${name}/share`, token, { path, with_users: [grantee.name] }),
    200,
  );
}

async function policyWrites(service) {
  const { body } = await service.client.expect({ method: 'GET', path: '/metrics', headers: [] }, 200);
  const line = /^minio_admin_call_duration_seconds_count\{[^}]*verb="policies\.put"[^}]*\} (\d+)$/m.exec(
    String(body),
  );
  if (!line) throw new Error('the metrics do not count policy writes');
  return Number(line[1]);
}
