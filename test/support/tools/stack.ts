import { makePeople, NO_LIMITS } from '../access/sharing.js';
import { runSql } from '../database/sql.js';
import { type Service, startService } from '../service/service.js';
import { type Stack, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';
import { writeProviders } from '../workflows/runs.js';

/** A process that serves requests, and a worker beside it that runs tools; people alice and bob, who owns the team Lab. */
export class ToolStack {
  private running: Service | undefined;

  private constructor(
    readonly stack: Stack,
    private readonly workerEnv: Record<string, string>,
  ) {}

  /** `tools`: what only the worker has in its environment. */
  static async start(
    providers: Record<string, string>,
    env: Record<string, string>,
    tools: Record<string, string>,
  ): Promise<ToolStack> {
    const folder = tempDir('providers');
    writeProviders(folder, providers);
    const stack = await startStack({
      ...{ embedded: false, broker: false },
      env: { ...NO_LIMITS, ROLE: 'api', PROVIDERS_DIR: folder, ...env },
    });
    const world = new ToolStack(stack, { ...stack.env, ROLE: 'worker', ...tools });
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
