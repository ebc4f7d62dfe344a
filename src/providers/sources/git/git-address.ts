import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import ipaddr from 'ipaddr.js';
import type { AppConfig } from '../../../config/app-config.js';
import { SourceError, wrongField } from '../source-error.js';

export type GitConfig = AppConfig['providers']['git'];

/** Finds every address of a name. */
export type LookUp = (host: string) => Promise<LookupAddress[]>;

/** A repository and the one address at which its server is called. */
export interface GitAddress {
  url: string;
  address: LookupAddress;
}

/** Ranges that a host may have which is listed as private. Never others, such as link-local, where clouds answer with credentials. */
const PRIVATE = ['private', 'uniqueLocal', 'carrierGradeNat'];

export const lookUpAll: LookUp = (host) => lookup(host, { all: true });

/** Checks the address of a repository by its form alone. Throws {@link SourceError}. */
export function requireGitUrl(text: string, config: GitConfig): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrongField('git_url', 'must be the https address of a repository');
  }
  const schemes = config.insecure ? ['https:', 'http:'] : ['https:'];
  if (!schemes.includes(url.protocol))
    throw wrongField('git_url', 'must be the https address of a repository');
  if (url.username !== '' || url.password !== '')
    throw wrongField('git_url', 'must not contain credentials: use token_ref');
  if (url.search !== '' || url.hash !== '') throw wrongField('git_url', 'must have no query and no fragment');
  if (!config.hosts.includes(url.host))
    throw wrongField('git_url', 'must be at a host of PROVIDER_GIT_HOSTS');
  return url;
}

/**
 * Looks the host up, once: the connection goes to the address that was checked, whatever the name means a moment later. Throws
 * {@link SourceError}.
 */
export async function pinAddress(url: URL, config: GitConfig, lookUp: LookUp): Promise<GitAddress> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = ipaddr.isValid(host)
    ? [{ address: host, family: host.includes(':') ? 6 : 4 }]
    : await lookUp(host).catch(() => []);
  const [first] = addresses;
  if (!first) throw new SourceError('The host of the Git server has no address');
  const refused = addresses.some(({ address }) => !isAllowed(address, url.host, config));
  if (refused) throw wrongField('git_url', 'is at a host with a private address, which is not allowed');
  return { url: url.href.replace(/\/+$/, ''), address: first };
}

function isAllowed(address: string, host: string, config: GitConfig): boolean {
  const range = ipaddr.process(address).range();
  if (range === 'unicast') return true;
  if (range === 'loopback') return config.insecure;
  return PRIVATE.includes(range) && config.privateHosts.includes(host);
}
