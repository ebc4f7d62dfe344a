import type { AppConfig } from '../app-config.js';
import type { Environment } from '../environment.js';

type HomeRoots = AppConfig['lake']['homes'];

/** Every folder of homes, the one that `home_path` tells first. */
export function homesOf(env: Environment): HomeRoots {
  if (env.HOME_PREFIXES.length === 0) return [{ bucket: env.LAKE_BUCKET, usersPrefix: env.USERS_PREFIX }];
  return env.HOME_PREFIXES.map((text) => {
    const slash = text.indexOf('/');
    return { bucket: text.slice(0, slash), usersPrefix: text.slice(slash + 1) };
  });
}

/** Why these homes cannot be. `given`: the variables that are set. */
export function problemsOfHomes(env: Environment, given: Readonly<Record<string, string>>): string[] {
  const problems: string[] = [];
  const homes = homesOf(env);
  const [first] = homes;
  const differs =
    (given['LAKE_BUCKET'] !== undefined && env.LAKE_BUCKET !== first?.bucket) ||
    (given['USERS_PREFIX'] !== undefined && env.USERS_PREFIX !== first?.usersPrefix);
  if (differs)
    problems.push(
      'HOME_PREFIXES must begin with LAKE_BUCKET/USERS_PREFIX if those are set, too: two settings would name the first home differently',
    );
  if (homes.some((one, index) => homes.some((other, place) => place !== index && isWithin(one, other))))
    problems.push(
      'HOME_PREFIXES must not name a prefix twice or one within another: the homes of two users would overlap',
    );
  // otherwise a namespace could be the folder of all homes
  if (homes.some(({ bucket }) => bucket === env.PRODUCTS_BUCKET))
    problems.push(`PRODUCTS_BUCKET must not be ${nameOf(env)}`);
  return problems;
}

function isWithin(one: HomeRoots[number], other: HomeRoots[number]): boolean {
  return one.bucket === other.bucket && `${one.usersPrefix}/`.startsWith(`${other.usersPrefix}/`);
}

function nameOf({ HOME_PREFIXES, LAKE_BUCKET, PRODUCTS_BUCKET }: Environment): string {
  const isLake = HOME_PREFIXES.length === 0 || PRODUCTS_BUCKET === LAKE_BUCKET;
  return isLake ? 'the bucket of LAKE_BUCKET' : 'a bucket of HOME_PREFIXES';
}
