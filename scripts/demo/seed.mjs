// Makes the demo's world through the public API alone, as its people would. What is there already stays as it is, so a seed that was
// interrupted is completed by the next one, and one that was complete changes nothing.
import { Caller, writeObjects } from './api.mjs';
import { GROUPS, PEOPLE, PRODUCT, REQUEST, ROLE, SHARES } from './world.mjs';

const DAY_MS = 86_400_000;
const PRODUCT_MS = 60_000;

/**
 * @typedef {{ people: Record<string, Caller>, bucket: string, homes: Record<string, string>, log: (line: string) => void }} Seed
 * @param {{ url: string, tokens: Record<string, string>, log?: (line: string) => void, product?: boolean }} demo
 *   tokens of everybody in PEOPLE; product: false where a delivery that anybody on this machine can send is not taken
 */
export async function seedDemo({ url, tokens, log = () => {}, product = true }) {
  const people = Object.fromEntries(PEOPLE.map((name) => [name, new Caller(url, tokens[name])]));
  /** @type {Record<string, string>} */
  const homes = {};
  for (const name of PEOPLE) homes[name] = await makePerson(people[name], name);
  log(`people ${PEOPLE.join(', ')}`);
  const [, bucket = ''] = /^s3a:\/\/([^/]+)\//.exec(homes.admin) ?? [];
  const seed = { people, bucket, homes, log };
  for (const group of GROUPS) await makeGroup(seed, group);
  for (const share of SHARES) await makeShare(seed, share);
  await makeRequest(seed);
  await makeRole(seed);
  if (product) await makeProduct(seed, new Caller(url, undefined));
}

/**
 * Everybody makes their own home, by asking for the pair; the present one changes nothing. A first call alone makes a row that MinIO does not
 * know yet, and who is not in MinIO is in none of its groups. @returns {Promise<string>} the home
 */
async function makePerson(person, name) {
  return (await person.send('POST', `/users/${name}`, { rotate: false })).home_path;
}

/** @param {Seed} seed */
async function makeGroup({ people: { admin }, bucket, log }, { name, grants = [], ...group }) {
  if (await admin.find(`/groups/${name}`)) return;
  const paths = grants.map(({ folder, permission }) => ({ path: `s3a://${bucket}/${folder}`, permission }));
  await admin.send('POST', `/groups/${name}`, { ...group, ...(paths.length > 0 && { grants: paths }) });
  log(`group ${name}: owner ${group.owners.join(', ')}`);
}

/** The objects first: where the share is, they are. @param {Seed} seed */
async function makeShare({ people, homes, log }, { owner, folder, with: to, reason, days, objects }) {
  const person = people[owner];
  const path = homes[owner] + folder;
  const { items } = await person.find(`/users/${owner}/shares?direction=given&limit=500`);
  if (items.some((share) => share.path === path && share.grantee.name === to.name)) return;
  await write(person, owner, path, objects);
  const end = days && new Date(Math.ceil(Date.now() / DAY_MS + days) * DAY_MS).toISOString();
  await person.send('POST', `/users/${owner}/share`, {
    path,
    [to.kind === 'group' ? 'with_groups' : 'with_users']: [to.name],
    reason,
    ...(end && { expires_at: end }),
  });
  log(
    `share of ${owner}: ${folder} with ${to.kind} ${to.name}, ${end ? `until ${end.slice(0, 10)}` : 'for ever'}`,
  );
}

/** @param {Seed} seed */
async function makeRequest({ people, bucket, log }) {
  const { requester, group, role, reason, writer, folder, objects } = REQUEST;
  const { items } = await people[requester].find('/access-requests?role=requester&limit=500');
  if (items.some((request) => request.group === group)) return;
  await write(people[writer], writer, `s3a://${bucket}/${folder}`, objects);
  await people[requester].send('POST', '/access-requests', { group, role, reason });
  log(`request of ${requester}: ${role} of group ${group}, which ${writer} decides`);
}

async function write(person, name, path, objects) {
  const session = await person.send('POST', `/users/${name}/sessions`, { duration_seconds: 900 });
  await writeObjects(session, path, objects);
}

/** @param {Seed} seed */
async function makeRole({ people: { admin }, bucket, log }) {
  const { name, description, entitlements } = ROLE;
  if (await admin.find(`/roles/${name}`)) return;
  const given = entitlements.map(({ folder, ...each }) =>
    folder ? { ...each, path: `s3a://${bucket}/${folder}` } : each,
  );
  await admin.send('PUT', `/roles/${name}`, { description, entitlements: given });
  log(`role ${name}`);
}

/** Told as a portal tells it; then it takes a moment until the product has what it needs. @param {Seed} seed */
async function makeProduct({ people: { admin }, log }, portal) {
  const find = () => admin.find(`/data-products/${PRODUCT.id}`);
  let product = await find();
  if (product && product.state !== 'pending') return;
  if (!product)
    await portal.send('POST', '/webhooks/data-product-portal', {
      method: 'POST',
      url: '/api/data_products',
      response: JSON.stringify(PRODUCT),
    });
  for (
    const end = Date.now() + PRODUCT_MS;
    (product?.state ?? 'pending') === 'pending';
    product = await find()
  ) {
    if (Date.now() > end) throw new Error(`data product ${PRODUCT.id} is not ready yet`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  log(`data product ${PRODUCT.id}, as a portal tells of it`);
}
