import type { Secret } from '../../../common/secret.js';
import type { Files } from '../../../documents/model.js';
import { SourceError, wrongField } from '../source-error.js';
import { type GitConfig, type LookUp, lookUpAll, pinAddress, requireGitUrl } from './git-address.js';
import { gitHttp } from './git-http.js';
import { filesBelow, type Repository } from './git-tree.js';
import { MemoryFiles } from './memory-files.js';
import { requirePackSize } from './pack-size.js';
import { isSignedBy, signedCommit, signedTag } from './signature.js';

/** A whole load may take this long. */
const TIMEOUT_MS = 30_000;
const GITDIR = '/repository';
const COMMIT = /^[0-9a-f]{40}$/;

/** What a registration says of a Git provider. */
export interface GitSpec {
  git_url: string;
  ref: string | null;
  path: string;
  pin: string | null;
  token_ref: string | null;
  verify: { signers: string[] } | null;
  team: string | null;
}

/** The files of a provider at one commit. */
export interface GitFiles {
  files: Files;
  commit: string;
}

/**
 * Reads a provider from its repository. The commit is that of `ref` now. Throws {@link SourceError}; nothing of what a server says is in
 * its message.
 */
export async function readGit(
  spec: GitSpec,
  config: GitConfig,
  lookUp: LookUp = lookUpAll,
): Promise<GitFiles> {
  const url = requireGitUrl(spec.git_url, config);
  const credentials = credentialsOf(spec, url, config);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const address = await pinAddress(url, config, lookUp);
  try {
    const http = gitHttp({ address: address.address, signal, ...(credentials ? { credentials } : {}) });
    return await within(signal, read(spec, address.url, http));
  } catch (error) {
    throw error instanceof SourceError ? error : failure(error, signal);
  }
}

async function read(
  { ref, path, pin, verify }: GitSpec,
  url: string,
  http: ReturnType<typeof gitHttp>,
): Promise<GitFiles> {
  const git = await import('isomorphic-git');
  const fs = new MemoryFiles((name, content) => {
    if (name.endsWith('.pack')) requirePackSize(content);
  });
  const at = { fs, gitdir: GITDIR, cache: {} };
  await git.init({ fs, gitdir: GITDIR, bare: true });
  await git.addRemote({ ...at, remote: 'origin', url });
  const wanted = ref ?? 'HEAD';
  const fetched = { remote: 'origin', ref: wanted, remoteRef: wanted, singleBranch: true, depth: 1 };
  const { head, commit } = await headOf(git, () => git.fetch({ ...at, http, ...fetched }), at).catch(
    (error: unknown) => {
      throw isMissing(error) ? wrongField('ref', noRef(wanted)) : error;
    },
  );
  if (pin !== null && commit !== pin)
    throw wrongField('pin', `allows ${pin} only, and the repository has ${commit} at ${wanted}`);
  const repository: Repository = { git, at };
  if (verify) await requireSignature(repository, { head, commit }, verify.signers);
  return { files: await filesBelow(repository, commit, path), commit };
}

/** What was fetched, an annotated tag or a commit, and that commit. */
async function headOf(
  git: Repository['git'],
  fetch: () => Promise<{ fetchHead: string | null }>,
  at: Repository['at'],
): Promise<{ head: string; commit: string }> {
  const { fetchHead: head } = await fetch();
  if (head === null) throw new SourceError('The repository is empty');
  return { head, commit: (await git.readCommit({ ...at, oid: head })).oid };
}

/** The commit must be signed, or the annotated tag that names it. */
async function requireSignature(
  { git, at }: Repository,
  { head, commit }: { head: string; commit: string },
  signers: readonly string[],
): Promise<void> {
  const content = async (oid: string) => {
    const { object } = await git.readObject({ ...at, oid, format: 'content' });
    return Buffer.from(object as Uint8Array);
  };
  const candidates = [
    signedCommit(await content(commit)),
    head === commit ? undefined : signedTag(await content(head)),
  ];
  const signed = candidates.filter((each) => each !== undefined);
  if (signed.length === 0)
    throw wrongField('verify', `asks for a signature, and commit ${commit} has none of SSH`);
  for (const each of signed) if (await isSignedBy(signers, each)) return;
  throw wrongField('verify', `names none of those who signed commit ${commit}`);
}

function credentialsOf(
  { token_ref: name, team }: GitSpec,
  url: URL,
  config: GitConfig,
): { username: string; token: Secret } | undefined {
  if (name === null) return undefined;
  const found = config.tokens.find((each) => each.name === name && each.host === url.host);
  const isTheirs = found && (team === null || found.teams.includes(team));
  if (!isTheirs)
    throw wrongField('token_ref', 'must name a token of PROVIDER_GIT_TOKENS for this host and team');
  return found;
}

/** isomorphic-git waits for what its calls give it, and for nothing else; this ends a load whatever it waits for. */
function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new SourceError(tooSlow())), { once: true });
    work.then(resolve, reject);
  });
}

function tooSlow(): string {
  return `The Git server did not answer within ${TIMEOUT_MS / 1000} seconds`;
}

function noRef(ref: string): string {
  return COMMIT.test(ref)
    ? 'is a commit that the server does not give'
    : 'is no branch and no tag of the repository';
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'NotFoundError';
}

function failure(error: unknown, signal: AbortSignal): SourceError {
  if (signal.aborted) return new SourceError(tooSlow());
  const { code } = error as NodeJS.ErrnoException;
  const known = typeof code === 'string' && /^[A-Za-z_]{1,60}$/.test(code);
  return new SourceError(`The Git server gave no usable answer${known ? ` (${code})` : ''}`);
}
