import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, waitFor } from '../../../scripts/child.mjs';
import { tempDir } from '../service/temp.js';

const run = promisify(execFile);
const PROGRAM = '/usr/sbin/sshd';

/** For `(hasSshd() ? describe : describe.skip)(...)`; says what is missing. */
export function hasSshd(): boolean {
  const isHere = existsSync(PROGRAM);
  if (!isHere) console.warn('Tests with hosts are skipped: there is no sshd (Debian: openssh-server)');
  return isHere;
}

/** A server of SSH on loopback, for whoever runs the tests, with keys of its own. */
export interface Sshd {
  port: number;
  user: string;
  hostKey: string;
  privateKey: string;
  stop(): Promise<void>;
}

export async function startSshd(): Promise<Sshd> {
  const folder = tempDir('sshd');
  const [port, user] = [await freePort(), userInfo().username];
  for (const name of ['host', 'client'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, name)]);
  const publicOf = (name: string) => readFileSync(join(folder, `${name}.pub`), 'utf8').trim();
  writeFileSync(join(folder, 'authorized'), `${publicOf('client')}\n`);
  chmodSync(join(folder, 'authorized'), 0o600);
  // a folder that Debian makes when it starts the service
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const settings = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${join(folder, 'host')}`, 'PidFile none'],
    ...[`AuthorizedKeysFile ${join(folder, 'authorized')}`, 'StrictModes no', 'UsePAM no'],
    ...['PasswordAuthentication no', 'PermitRootLogin prohibit-password'],
  ];
  writeFileSync(join(folder, 'config'), `${settings.join('\n')}\n`);
  const child = spawn(PROGRAM, ['-D', '-e', '-f', join(folder, 'config')], { stdio: 'ignore' });
  await waitFor('sshd', () => answers(port));
  return {
    ...{ port, user, hostKey: publicOf('host').split(' ').slice(0, 2).join(' ') },
    privateKey: readFileSync(join(folder, 'client'), 'utf8'),
    stop: () => stopped(child),
  };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await end;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('data', () => end(true)).once('error', () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}
