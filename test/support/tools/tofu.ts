import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTofu, isBuilt, missingForTofu } from '../../../scripts/servers/tofu.mjs';
import { makePeople, NO_LIMITS } from '../access/sharing.js';
import { runSql } from '../database/sql.js';
import { hasPostgres } from '../servers/postgres.js';
import { type Service, startService } from '../service/service.js';
import { type Stack, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';
import { writeProviders } from '../workflows/runs.js';

/** A limit for `beforeAll`: the first suite on a new machine waits until OpenTofu is built. */
export const TOFU_START_MS = 45 * 60_000;

/** For `(hasTofu() ? describe : describe.skip)(...)`; says what is missing. In CI nobody waits for a build that has not ended. */
export function hasTofu(): boolean {
  const isLate = process.env.CI !== undefined && !process.env.TOFU_BINARY && !isBuilt();
  const missing = isLate ? 'OpenTofu is still being built' : missingForTofu();
  if (missing !== undefined) console.warn(`Tests with OpenTofu are skipped: ${missing}`);
  return missing === undefined && hasPostgres();
}

/** A process that serves requests, and a worker beside it that runs OpenTofu; people alice and bob, who owns the team Lab. */
export class TofuStack {
  private running: Service | undefined;

  private constructor(
    readonly stack: Stack,
    private readonly workerEnv: Record<string, string>,
  ) {}

  static async start(
    providers: Record<string, string>,
    env: Record<string, string> = {},
    wrap?: (tofu: string) => string,
  ): Promise<TofuStack> {
    const [tofu, folder, data] = [await findTofu(), tempDir('providers'), tempDir('tools')];
    writeProviders(folder, providers);
    const program = join(data, 'tofu');
    if (wrap) writeFileSync(program, wrap(tofu));
    if (wrap) chmodSync(program, 0o755);
    const stack = await startStack({
      ...{ embedded: false, broker: false },
      env: { ...NO_LIMITS, ROLE: 'api', PROVIDERS_DIR: folder, ...env },
    });
    const tools = {
      ROLE: 'worker',
      WORKFLOW_TOOLS: 'tofu',
      TOFU_BINARY: wrap ? program : tofu,
      DATA_DIR: data,
    };
    const world = new TofuStack(stack, { ...stack.env, ...tools });
    await makePeople(stack, ['alice', 'bob']);
    await stack.admin.post('/groups/Lab', { members: ['alice'], owners: ['bob'] });
    await world.startWorker();
    return world;
  }

  /** The folder of the worker. */
  get data(): string {
    return this.workerEnv.DATA_DIR ?? '';
  }

  get worker(): Service {
    if (!this.running) throw new Error('there is no worker');
    return this.running;
  }

  async startWorker(): Promise<void> {
    this.running = await startService({ env: this.workerEnv });
  }

  /** The rows of a table, as text. */
  async rows(table: string): Promise<string> {
    const [result] = await runSql(this.stack.env, [`select to_json(t)::text as row from ${table} t`]);
    return JSON.stringify(result);
  }

  /** The names of the states that are kept. */
  async states(): Promise<string[]> {
    const [result] = await runSql(this.stack.env, ['select name from tofu_state order by name']);
    return result && 'rows' in result ? result.rows.map(({ name }) => String(name)) : [];
  }

  async stop(): Promise<void> {
    const logs = this.running?.logs() ?? '';
    await this.running?.kill();
    const leaked = this.stack.secrets.findIn('the log of the worker', logs);
    await this.stack.stop();
    if (leaked.length > 0) throw new Error(`secrets were logged: ${leaked.join('; ')}`);
  }
}
