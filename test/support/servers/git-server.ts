import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tempDir } from '../service/temp.js';

/** An entry of a commit: a text, or what only Git's plumbing makes. */
export type Entry = string | Buffer | { link: string } | { submodule: string };

/** Nothing of the machine's own configuration of Git. */
const GIT_ENV = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  ...{ GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@example.org', GIT_AUTHOR_DATE: '1700000000 +0000' },
  ...{ GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.org' },
  GIT_COMMITTER_DATE: '1700000000 +0000',
};

/** A pair of SSH keys that signs commits. */
export class SigningKey {
  readonly file = join(tempDir('signing'), 'key');

  constructor() {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'release', '-f', this.file]);
  }

  get publicKey(): string {
    return readFileSync(`${this.file}.pub`, 'utf8').trim();
  }
}

/** A bare repository in the folder of a server. */
export class GitRepository {
  readonly dir: string;

  constructor(
    root: string,
    readonly name: string,
  ) {
    this.dir = join(root, `${name}.git`);
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', this.dir], { env: GIT_ENV });
    this.git('config', 'http.receivepack', 'false');
    this.git('config', 'uploadpack.allowReachableSHA1InWant', 'true');
  }

  git(...args: string[]): string {
    return this.run(args);
  }

  /** Makes a commit of exactly these files the head of the branch; tells its id. */
  commit(
    files: Record<string, Entry>,
    { branch = 'main', signedBy }: { branch?: string; signedBy?: SigningKey } = {},
  ): string {
    const known = new Map<Entry, string>();
    const modeAndId = (entry: Entry) => {
      const found = known.get(entry) ?? this.modeAndId(entry);
      known.set(entry, found);
      return found;
    };
    const index = Object.entries(files).map(([path, entry]) => `${modeAndId(entry)}\t${path}\n`);
    this.git('read-tree', '--empty');
    this.run(['update-index', '--index-info'], index.join(''));
    const tree = this.git('write-tree');
    const parent = this.headOf(branch);
    const sign = signedBy ? [`-S${signedBy.file}`] : [];
    const id = this.run([
      ...signing(signedBy),
      'commit-tree',
      ...sign,
      ...(parent ? ['-p', parent] : []),
      '-m',
      'x',
      tree,
    ]);
    this.git('update-ref', `refs/heads/${branch}`, id);
    return id;
  }

  /** An annotated tag; without a key, one that is not signed. */
  tag(name: string, commit: string, signedBy?: SigningKey): void {
    this.run([...signing(signedBy), 'tag', ...(signedBy ? ['-s'] : ['-a']), '-m', 'x', name, commit]);
  }

  private headOf(branch: string): string | undefined {
    return this.git('for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`) || undefined;
  }

  private modeAndId(entry: Entry): string {
    if (typeof entry === 'object' && 'submodule' in entry) return `160000 ${entry.submodule}`;
    const isLink = typeof entry === 'object' && 'link' in entry;
    return `${isLink ? '120000' : '100644'} ${this.run(['hash-object', '-w', '--stdin'], isLink ? entry.link : entry)}`;
  }

  private run(args: string[], input: string | Buffer = ''): string {
    const options = {
      cwd: this.dir,
      env: GIT_ENV,
      input,
      stdio: ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'],
    };
    return execFileSync('git', args, options).toString().trim();
  }
}

function signing(key: SigningKey | undefined): string[] {
  return key ? ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${key.file}`] : [];
}

/** Git's own server of repositories over HTTP, behind a token if it has one. */
export class GitServer {
  readonly root = tempDir('git');
  /** What a request must carry, if anything. */
  token: string | undefined;
  /** Answers in place of Git. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Paths of the requests so far. */
  readonly requests: string[] = [];
  #server: Server | undefined;
  #port = 0;

  /** Starts it, the second time on the same port. */
  async start(): Promise<this> {
    const server = createServer((request, response) => this.answer(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve(undefined)));
    this.#server = undefined;
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  repository(name: string): GitRepository {
    return new GitRepository(this.root, name);
  }

  urlOf({ name }: GitRepository): string {
    return `http://${this.host}/${name}.git`;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request.url ?? '');
    if (this.instead) return this.instead(request, response);
    const expected = this.token && `Basic ${Buffer.from(`git:${this.token}`).toString('base64')}`;
    if (expected && request.headers.authorization !== expected)
      return void response.writeHead(401, { 'www-authenticate': 'Basic' }).end('who are you?');
    this.backend(request, response);
  }

  private backend(request: IncomingMessage, response: ServerResponse): void {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const child = spawn('git', ['http-backend'], {
      env: {
        ...GIT_ENV,
        ...{ GIT_PROJECT_ROOT: this.root, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: path, QUERY_STRING: query },
        ...{ REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers['content-type'] },
        ...{ CONTENT_LENGTH: request.headers['content-length'], REMOTE_ADDR: '127.0.0.1' },
        GIT_PROTOCOL: [request.headers['git-protocol']].flat()[0],
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.on('error', () => undefined);
    request.pipe(child.stdin);
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.once('close', () => {
      const answer = Buffer.concat(parts);
      const end = answer.indexOf('\r\n\r\n');
      const headers = answer
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': ', 2));
      const given = Object.fromEntries(headers) as Record<string, string>;
      const { Status: status = '200', ...rest } = given;
      response.writeHead(Number.parseInt(status, 10), rest).end(answer.subarray(end + 4));
    });
  }
}
