import { waitFor } from '../../../scripts/child.mjs';
import { Fleet, ask, bodyOf } from '../../support/service/fleet.js';
import { Gate, userOf } from '../../support/network/gate.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import type { Replica } from '../../support/service/fleet.js';

/** A reading of the user itself. */
const isRead = ({ path }: { path: string }): boolean => path.endsWith('/user-info');

(hasPostgres() ? describe : describe.skip)('a rotation that waits for another process', () => {
  let fleet: Fleet;
  let replicas: [Replica, Replica];

  beforeAll(async () => {
    fleet = await Fleet.start('PostgreSQL');
    replicas = [await fleet.add(), await fleet.add()];
  }, 120_000);
  afterAll(() => fleet?.stop());

  it('reads MinIO again, because it was written after the early reading', async () => {
    const [{ service, proxy }, other] = replicas;
    const user = fleet.person('enabled');
    await bodyOf(ask.pair(service, user), 201);
    await bodyOf(ask.disable(service, user), 200);
    const isWrite = (call: Parameters<typeof userOf>[0]): boolean =>
      call.method === 'PUT' && userOf(call) === user;
    const gate = new Gate(proxy, isWrite, { call: 1, side: 'before' });
    const enabling = ask.enable(service, user);
    await gate.reached;
    // it finds the user still disabled, and the lease taken
    const rotation = ask.pair(other.service, user);
    await waitFor('the early reading', () =>
      other.proxy.calls.some((call) => isRead(call) && call.status === 200),
    );
    gate.open();
    await bodyOf(enabling, 200);
    const answer = await rotation;
    expect([answer.status, answer.body.rotated]).toEqual([200, true]);
    expect(other.proxy.calls.filter(isRead)).toHaveLength(2);
  });

  it('reads MinIO once when nobody else writes', async () => {
    const [{ service, proxy }] = replicas;
    const user = fleet.person('alone');
    await bodyOf(ask.pair(service, user), 201);
    proxy.reset();
    await bodyOf(ask.pair(service, user), 200);
    expect(proxy.calls.filter(isRead)).toHaveLength(1);
  });
});
