import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../scripts/child.mjs';
import { MadminClient } from '../../src/madmin/client.js';
import { ask, bodyOf, Fleet, type Replica } from '../support/service/fleet.js';
import type { Call } from '../support/network/proxy.js';
import type { Answer } from '../support/service/service.js';

/** Far more than a start takes, also on a busy machine. */
const START_MS = 150_000;
const ADMIN_TOKEN = 'token-of-an-administrator';
/** The worker's round, and a little. */
const WORKER_MS = 5000;

describe('a user who is just being made', () => {
  let fleet: Fleet;
  let replica: Replica;
  let root: MadminClient;

  beforeAll(async () => {
    fleet = await Fleet.start('PGlite');
    replica = await fleet.add();
    root = new MadminClient(fleet.minio);
  }, START_MS);
  afterAll(async () => {
    await root?.close();
    await fleet?.stop();
  });

  const post = (path: string, body: object, token: string): Promise<Answer> =>
    replica.service.request('POST', path, { token, body });
  const isAddUser = (user: string) => (call: Call) =>
    call.path.endsWith('/add-user') && call.query.get('accessKey') === user;
  const joins = (user: string, group: string): Promise<unknown> =>
    waitFor(`${user} in ${group}`, async () => (await root.groups.info(group)).members.includes(user), {
      timeoutMs: WORKER_MS,
      everyMs: 100,
    });

  /** The matching call waits on that side until it is let go; gives up when it is not reached. */
  function hold(match: (call: Call) => boolean, side: 'before' | 'after', number = 1) {
    let open = (): void => undefined;
    let reach = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const reached = new Promise<void>((resolve) => (reach = resolve));
    let count = 0;
    const wait = async (): Promise<void> => {
      if ((count += 1) !== number) return;
      reach();
      await opened;
    };
    replica.proxy.hook(match, { [side]: wait });
    return {
      open,
      reached: Promise.race([
        reached,
        sleep(60_000, undefined, { ref: false }).then(() => Promise.reject(new Error('not reached'))),
      ]),
    };
  }

  it('is in everyone, which is used for the first time meanwhile', async () => {
    const owner = fleet.person('owner');
    await bodyOf(ask.pair(replica.service, owner), 201);
    const user = fleet.person('newcomer');
    const creation = hold(isAddUser(user), 'before');
    const login = ask.pair(replica.service, user);
    await creation.reached;
    const share = { path: `s3a://cdm-lake/users-warehouse/${owner}/x/`, with_groups: ['everyone'] };
    await bodyOf(post(`/users/${owner}/share`, share, `token-of-${owner}`), 200);
    creation.open();
    await bodyOf(login, 201);
    await joins(user, 'mgr:everyone');
  });

  it('is in the group that an administrator puts the user into meanwhile', async () => {
    await bodyOf(post('/groups/Team', {}, ADMIN_TOKEN), 200, 201);
    const user = fleet.person('newcomer');
    const creation = hold(isAddUser(user), 'before');
    const login = ask.pair(replica.service, user);
    await creation.reached;
    // MinIO does not know the user: twice, with all others and alone
    const answer = hold(({ path }) => path.endsWith('/update-group-members'), 'after', 2);
    const joining = post('/groups/Team/members', { user_name: user, role: 'member' }, ADMIN_TOKEN);
    await answer.reached;
    creation.open();
    await bodyOf(login, 201);
    answer.open();
    await bodyOf(joining, 200);
    await joins(user, 'Team');
  });
});
