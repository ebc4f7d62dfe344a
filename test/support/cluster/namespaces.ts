import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { which } from '../../../scripts/child.mjs';
import { tempDir } from '../service/temp.js';

/** Names of namespaces and interfaces begin so, then the process that made them. */
export const PREFIX = 'mmt';
const NAMESPACES = '/run/netns';
export const IP = which('ip', `${process.env.PATH}:/usr/sbin:/sbin`);

/** For `(hasNamespaces() ? describe : describe.skip)(...)`; says so when none can be made. */
export function hasNamespaces(): boolean {
  const missing = IP ? tryNamespace() : 'iproute2 is not installed (Debian: apt-get install iproute2)';
  if (missing === undefined) return true;
  console.warn(`${missing}: tests on a cluster of MinIO nodes are skipped`);
  return false;
}

function tryNamespace(): string | undefined {
  const name = `${PREFIX}${process.pid}-try`;
  const made = spawnSync(IP ?? 'ip', ['netns', 'add', name]).status === 0;
  const bridged =
    made && spawnSync(IP ?? 'ip', ['link', 'add', `${PREFIX}${process.pid}t`, 'type', 'bridge']).status === 0;
  spawnSync(IP ?? 'ip', ['link', 'del', `${PREFIX}${process.pid}t`]);
  spawnSync(IP ?? 'ip', ['netns', 'del', name]);
  return bridged ? undefined : 'No network namespace can be made here (it needs root)';
}

export function ip(...args: string[]): void {
  const { status, stderr } = spawnSync(IP ?? 'ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}

/** Whether files can be made immutable here, also for root: for {@link MinioCluster.refusing}. */
export function canRefuse(): boolean {
  const dir = tempDir('immutable');
  const isMade = spawnSync('chattr', ['+i', dir]).status === 0;
  spawnSync('chattr', ['-i', dir]);
  if (!isMade) console.warn('chattr +i is refused here: tests on drives that refuse are skipped');
  return isMade;
}

export function attribute(change: '+i' | '-i', paths: string[]): void {
  const { status, stderr } = spawnSync('chattr', [change, ...paths], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`chattr: ${stderr.trim()}`);
}

/** What test processes left that are gone: their servers died with them, their namespaces and bridges did not. */
export function sweepUp(): void {
  const isDead = (name: string) => {
    const pid = new RegExp(`^${PREFIX}(\\d+)`).exec(name)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  };
  if (existsSync(NAMESPACES))
    for (const name of readdirSync(NAMESPACES).filter(isDead)) spawnSync(IP ?? 'ip', ['netns', 'del', name]);
  for (const name of readdirSync('/sys/class/net').filter(isDead))
    spawnSync(IP ?? 'ip', ['link', 'del', name]);
}
