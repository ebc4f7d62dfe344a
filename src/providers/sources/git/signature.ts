import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SourceError, wrongField } from '../source-error.js';

/** A public key as `ssh-keygen` writes it. A comment may follow. */
export const SSH_KEY =
  /^((?:sk-)?(?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521))(?:@openssh\.com)?|ssh-rsa) ([A-Za-z0-9+/]{16,2048}={0,3})(?: [^\p{Cc}]{0,200})?$/u;

const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
const TIMEOUT_MS = 10_000;

/** A signature and the bytes that it signs. */
export interface Signed {
  signature: string;
  payload: Buffer;
}

/** The SSH signature of a commit, from the content of its object; undefined: it has none. */
export function signedCommit(object: Buffer): Signed | undefined {
  // latin1 keeps every byte
  const text = object.toString('latin1');
  const end = text.indexOf('\n\n');
  const head = text.slice(0, end < 0 ? text.length : end);
  const found = /(?:^|\n)gpgsig (.*(?:\n .*)*)/.exec(head);
  if (!found?.[1]) return undefined;
  const signature = found[1].replaceAll('\n ', '\n').trim();
  const payload = text.slice(0, found.index) + text.slice(found.index + found[0].length);
  return isSsh(signature) ? { signature, payload: Buffer.from(payload, 'latin1') } : undefined;
}

/** The SSH signature of an annotated tag, from the content of its object; undefined: it has none. */
export function signedTag(object: Buffer): Signed | undefined {
  const text = object.toString('latin1');
  const start = text.lastIndexOf(`\n${BEGIN}`) + 1;
  const signature = text.slice(start).trim();
  if (start === 0 || !isSsh(signature)) return undefined;
  return { signature, payload: Buffer.from(text.slice(0, start), 'latin1') };
}

function isSsh(signature: string): boolean {
  return signature.startsWith(BEGIN) && signature.endsWith(END);
}

/** Whether one of the keys made the signature, for Git. `ssh-keygen` decides. Throws {@link SourceError} if that cannot be run. */
export async function isSignedBy(
  signers: readonly string[],
  { signature, payload }: Signed,
): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'minio-manager-signers-'));
  try {
    const allowed = join(dir, 'allowed');
    const file = join(dir, 'signature');
    await writeFile(allowed, signers.map(allowedLine).join(''), { mode: 0o600 });
    await writeFile(file, `${signature}\n`, { mode: 0o600 });
    return await verifies(['-Y', 'verify', '-f', allowed, '-I', 'signer', '-n', 'git', '-s', file], payload);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A key counts for Git alone, and every key for the same name: `verify` names who may sign, not who of them did. */
function allowedLine(key: string): string {
  const [, type, value] = SSH_KEY.exec(key) ?? [];
  if (!type || !value) throw wrongField('verify', 'signers must be public SSH keys');
  return `signer namespaces="git" ${type} ${value}\n`;
}

function verifies(args: string[], payload: Buffer): Promise<boolean> {
  // nothing of the environment of this process, which holds secrets
  const options = { env: { PATH: '/usr/local/bin:/usr/bin:/bin' }, timeout: TIMEOUT_MS };
  return new Promise((resolve, reject) => {
    const child = execFile('ssh-keygen', args, options, (error) => {
      if (error && typeof error.code === 'string')
        reject(new SourceError('Signatures cannot be checked here: ssh-keygen is not installed'));
      else resolve(error === null);
    });
    child.stdin?.once('error', () => undefined);
    child.stdin?.end(payload);
  });
}
