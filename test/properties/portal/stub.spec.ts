import { parseDelivery } from '../../../src/data-products/webhooks/delivery.js';
import { hintsOf } from '../../../src/data-products/webhooks/hints.js';
import { isSigned } from '../../../src/data-products/webhooks/sign.js';
import { PortalActions } from '../../support/portal/stub/actions.js';
import { recorded } from '../../support/portal/recorded.js';
import { replay, worldAfter } from '../../support/portal/replay.js';
import { PortalWorld } from '../../support/portal/stub/world.js';

type Told = { path: string; raw: string }[];

/** Deliveries with ids by name and what is new each time left out; events of one request in no order. */
function skeleton(deliveries: Told, names: Record<string, string>): { v1: string[]; v2: string[] } {
  const named = deliveries.map(({ path, raw }) => {
    const { time, ...message } = JSON.parse(raw);
    if (path === '/v2') delete message.id;
    const text = JSON.stringify(message)
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => names[id] ?? '#')
      .replace(/[0-9a-f]{32}/g, '#');
    return { path, text };
  });
  const of = (wanted: boolean) =>
    named.filter(({ path }) => (path === '/v2') === wanted).map(({ text }) => text);
  return { v1: of(false), v2: of(true).sort() };
}

describe('the stub portal', () => {
  const ids = (version: '0.5.1' | '0.7.0', lines: number[]) =>
    lines.map((line) => JSON.parse(JSON.parse(recorded(version)[line]!.raw).response));

  it('0.7.0 sends what the real one sent: a life with finalizer, denial and removal', () => {
    const [p, c, o, l] = ids('0.7.0', [2, 7, 10, 15]);
    const names = { [p.id]: 'P', [c.id]: 'C', [o.id]: 'O', [l.input_port_links[0]]: 'L' };
    const world = new PortalWorld('0.7.0');
    const portal = new PortalActions(world);
    const sent = [
      ...portal.createProduct({ id: p.id, namespace: 'p' }),
      ...portal.createProduct({ id: c.id, namespace: 'c' }),
      ...portal.createOutputPort({ id: o.id, providerId: p.id }),
      ...portal.requestAccess(c.id, o.id),
      ...portal.approve(c.id, o.id),
      ...portal.approve(c.id, o.id),
      ...portal.rename(c.id, 'c-renamed'),
      ...portal.revoke(c.id, o.id),
      ...portal.renew(c.id, o.id),
      ...portal.deny(c.id, o.id),
    ];
    const link = world.link(c.id, o.id);
    sent.push(
      ...portal.remove(c.id, o.id),
      ...portal.deleteProduct(c.id),
      ...portal.addFinalizer(p.id, 'minio-iam'),
      ...portal.deleteProduct(p.id),
      ...portal.removeFinalizer(p.id, 'minio-iam'),
    );
    expect(skeleton(sent, { ...names, [link.id]: 'L' })).toEqual(
      skeleton(recorded('0.7.0').slice(2, 46), names),
    );
    expect(world.products.size + world.ports.size + world.links.size).toBe(0);
  });

  it('0.7.0 sends what the real one sent: a provider that takes its consumers along', () => {
    const [p, c, d, o, other] = ids('0.7.0', [48, 52, 56, 60, 65]);
    const names = { [p.id]: 'P', [c.id]: 'C', [d.id]: 'D', [o.id]: 'O', [other.id]: 'X' };
    const world = new PortalWorld('0.7.0');
    const portal = new PortalActions(world);
    const sent = [
      ...portal.createProduct({ id: p.id, namespace: 'p' }),
      ...portal.createProduct({ id: c.id, namespace: 'c' }),
      ...portal.createProduct({ id: d.id, namespace: 'd' }),
      ...portal.createOutputPort({ id: o.id, providerId: p.id }),
      ...portal.createOutputPort({ id: other.id, providerId: p.id, unrestricted: true }),
      ...portal.requestAccess(c.id, o.id),
      ...portal.approve(c.id, o.id),
      ...portal.requestAccess(d.id, other.id),
      ...portal.requestAccess(d.id, o.id),
      ...portal.rename(p.id, 'p-renamed'),
    ];
    expect(world.link(d.id, other.id).status).toBe('approved');
    sent.push(...portal.deleteOutputPort(other.id), ...portal.deleteProduct(p.id));
    // the recorder also set a status, and used the former address for one of the requests
    const real = recorded('0.7.0')
      .slice(48, 104)
      .filter((_, at) => at !== 91 - 48 && at !== 92 - 48)
      .map(({ path, raw }) => ({ path, raw: raw.replace('/link_input_ports', '/input_ports') }));
    expect(skeleton(sent, names)).toEqual(skeleton(real, names));
  });

  it('0.5.1 sends what the real one sent', () => {
    const [p, c, o, l] = ids('0.5.1', [1, 2, 3, 4]);
    const names = { [p.id]: 'P', [c.id]: 'C', [o.id]: 'O', [l.input_port_links[0]]: 'L' };
    const world = new PortalWorld('0.5.1');
    const portal = new PortalActions(world);
    const sent = [
      ...portal.createProduct({ id: p.id, namespace: 'p' }),
      ...portal.createProduct({ id: c.id, namespace: 'c' }),
      ...portal.createOutputPort({ id: o.id, providerId: p.id }),
      ...portal.requestAccess(c.id, o.id),
      ...portal.approve(c.id, o.id),
      ...portal.deny(c.id, o.id),
    ];
    const link = world.link(c.id, o.id);
    expect(link.status).toBe('denied');
    sent.push(...portal.remove(c.id, o.id), ...portal.rename(c.id, 'x'), ...portal.deleteProduct(c.id));
    expect(skeleton(sent, { ...names, [link.id]: 'L' })).toEqual(
      skeleton(recorded('0.5.1').slice(1, 10), names),
    );
  });

  it('signs as the real one does', () => {
    const portal = new PortalActions(new PortalWorld('0.5.1'), 'sécret');
    for (const namespace of ['plain', 'é🎉\u007f"\\']) {
      const [told] = portal.createProduct({ id: `id-${namespace}`, namespace });
      expect(isSigned(Buffer.from(told!.raw), told!.headers['Sign'], 'sécret')).toBe(true);
      expect(isSigned(Buffer.from(told!.raw), told!.headers['Sign'], 'secret')).toBe(false);
    }
  });

  it('denies a renewal in words that say nothing of it, and lets the grant stand', () => {
    const world = new PortalWorld('0.7.0');
    const portal = new PortalActions(world);
    portal.createProduct({ id: 'p', namespace: 'p' });
    portal.createExploration({ id: 'x', namespace: 'x' });
    portal.createOutputPort({ id: 'o', providerId: 'p' });
    portal.requestAccess('x', 'o');
    const denial = portal.deny('x', 'o').at(0)?.raw;
    portal.renew('x', 'o');
    portal.approve('x', 'o');
    portal.renew('x', 'o');
    expect(portal.denyRenewal('x', 'o').at(0)?.raw).toBe(denial);
    expect(world.link('x', 'o')).toMatchObject({ status: 'approved', renewal: 'denied' });
    expect(portal.expire('x', 'o').map(({ path }) => path)).toEqual(['/v2']);
  });

  it.each(['0.5.1', '0.7.0'] as const)('knows what the recorded deliveries of %s are about', (version) => {
    const world = new PortalWorld(version);
    let looked = 0;
    const gone = new Set<string>();
    for (const { raw } of replay(version, world)) {
      const parsed = parseDelivery(Buffer.from(raw));
      const said = parsed.ok ? hintsOf(parsed.value) : { ignored: '' };
      for (const hint of 'hints' in said ? said.hints : []) {
        const id = hint.about === 'output_port' ? hint.providerId : 'ref' in hint ? hint.ref.id : '';
        if ('event' in hint && hint.event === 'deleted') gone.add(id);
        looked++;
        // an event can come before the v1 message that creates its product, or after the one that deletes it
        const known = world.products.has(id) || gone.has(id) || hint.about !== 'consumer';
        expect([raw, known]).toEqual([raw, true]);
      }
    }
    expect(looked).toBeGreaterThan(5);
    const after = worldAfter(version);
    const alive = [...after.products.values()].map(({ namespace }) => namespace).sort();
    const expected =
      version === '0.5.1'
        ? ['ns-d4e6cc14']
        : ['explo-gz', 'ns-0ef73254', 'ns-4767e16a', 'ns-86569d45', 'ns-891a480f'];
    expect(alive).toEqual(expected);
    const grants = [...after.links.values()].map(({ portId, status }) => `${portId.slice(0, 8)} ${status}`);
    expect(grants.sort()).toEqual(version === '0.5.1' ? [] : ['b8faff3f approved', 'b8faff3f revoked']);
  });
});
