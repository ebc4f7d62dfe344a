import { randomBytes } from 'node:crypto';
import { link, mkdtemp, readdir, rm, symlink, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const NAME = /^lock-(\d+)\.sock$/;
/** sun_path holds 108 bytes on Linux, 104 on macOS (unix(7)). */
const MAX_SOCKET_PATH = 90;

/** Another process uses the folder. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';

  constructor(folder: string) {
    super(
      `DATA_DIR ${folder} is in use by another process of this service: PGlite allows one (use DATABASE_URL for replicas)`,
    );
  }
}

/**
 * Keeps a folder for this process until it ends, however it ends: the lock is a listening Unix socket, which dies with its process. The
 * socket listens before it gets its name (link), so a name that refuses connections is dead. Names count up and a dead name is never
 * reused, so two starting processes cannot both take over from the same dead one.
 */
export async function lockDirectory(folder: string): Promise<() => Promise<void>> {
  const path = resolve(folder);
  const short = await shortPath(path);
  try {
    for (let attempt = 0; attempt < 100; attempt++) {
      const names = await lockNumbers(path);
      const latest = Math.max(0, ...names);
      if (latest > 0 && (await answers(join(short.path, `lock-${latest}.sock`))))
        throw new DirectoryInUse(folder);
      const server = await claim(short.path, latest + 1);
      if (server === undefined) continue;
      const now = await lockNumbers(path);
      if (Math.max(...now) > latest + 1) {
        server.close();
        continue;
      }
      for (const old of now.filter((each) => each <= latest))
        await unlink(join(path, `lock-${old}.sock`)).catch(() => undefined);
      return () => new Promise((done) => server.close(() => done()));
    }
    throw new DirectoryInUse(folder);
  } finally {
    await short.remove();
  }
}

async function lockNumbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
}

/** Listens under a temporary name, then takes the numbered one; undefined when another process was faster. */
async function claim(folder: string, number: number): Promise<Server | undefined> {
  const temporary = join(folder, `new-${randomBytes(6).toString('hex')}.sock`);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((done, failed) => server.once('error', failed).listen(temporary, done));
  server.unref();
  try {
    await link(temporary, join(folder, `lock-${number}.sock`));
    return server;
  } catch (error) {
    server.close();
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('close', () => done(false)).setTimeout(2000, () => done(true));
    socket.once('connect', () => socket.destroy());
  });
}

/** A long folder name does not fit a socket address: a symbolic link to it is used instead. */
async function shortPath(folder: string): Promise<{ path: string; remove: () => Promise<void> }> {
  if (Buffer.byteLength(folder) <= MAX_SOCKET_PATH - 30)
    return { path: folder, remove: () => Promise.resolve() };
  const box = await mkdtemp(join(tmpdir(), 'mm-'));
  const path = join(box, 'd');
  await symlink(folder, path);
  return { path, remove: () => rm(box, { recursive: true, force: true }) };
}
