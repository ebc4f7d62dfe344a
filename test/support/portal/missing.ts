import { type PortalBench } from './bench.js';
import { exchange } from './deliveries.js';

/** The webhooks' secret of these suites. */
export const SECRET = 'a-secret-of-the-webhooks';

/** What a database that was restored from an older dump does: the product is not there, nor anything of it. */
export function lose(bench: PortalBench, ...ids: string[]): () => void {
  const { world } = bench.portal;
  const before = {
    products: new Map(world.products),
    ports: new Map(world.ports),
    links: new Map(world.links),
  };
  for (const id of ids) {
    for (const port of world.portsOf(id)) world.deletePort(port.id);
    for (const link of [...world.links.values()]) if (link.consumerId === id) world.links.delete(link.id);
    world.products.delete(id);
  }
  return () => {
    for (const [id, product] of before.products) if (ids.includes(id)) world.products.set(id, product);
    for (const [id, port] of before.ports) world.ports.set(id, port);
    for (const [id, link] of before.links) world.links.set(id, link);
  };
}

/** A look at everything: what an old portal says without naming anybody leads to one. */
export async function resync(bench: PortalBench): Promise<any> {
  const method = 'POST';
  await bench.tell([exchange({ method, url: '/api/data_product_dataset_links/remove/x' }, SECRET)]);
  await bench.settle();
  const done = (await bench.provisions('completed')).filter(({ kind }) => kind === 'data_product.resync');
  const latest = done.sort((one, other) => (one.created_at < other.created_at ? 1 : -1))[0];
  return (await bench.stack.admin.get(`/provisions/${latest.id ?? latest.taskId}`)).body.result;
}

/** What the doctor says of the portal. */
export async function portalCheck(bench: PortalBench): Promise<any> {
  const { checks } = (await bench.stack.admin.get('/admin/doctor')).body;
  return checks.find(({ name }: { name: string }) => name === 'portal');
}
