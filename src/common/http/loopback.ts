import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Whether a host name or address means only this machine, in any spelling: `localhost`, all of 127.0.0.0/8 (also `127.1` and other forms
 * that the resolver accepts), `::1` in any length, with or without brackets, and IPv4 addresses that are written as IPv6 ones. Names are
 * not resolved: only `localhost` counts.
 */
export function isLoopback(host: string): boolean {
  const bare = host
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '');
  const address = isIP(bare) === 0 ? canonical(bare) : bare;
  if (address === 'localhost') return true;
  const family = isIP(address);
  // an IPv4 address inside an IPv6 one is checked as IPv4
  return family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** As URLs write it: shortened and hexadecimal IPv4 addresses in full, names in lower case. */
function canonical(name: string): string {
  if (!/^[\w.-]+$/.test(name)) return '';
  return (URL.parse(`http://${name}`)?.hostname ?? '').replace(/\.$/, '');
}
