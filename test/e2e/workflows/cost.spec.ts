import { waitFor } from '../../../scripts/child.mjs';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { LOGGED, StatementLog } from '../../support/database/statements.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { tempDir } from '../../support/service/temp.js';
import { acceptedRun, execute, writeProviders } from '../../support/workflows/runs.js';

const STEPS = 6;
/** Those of its acceptance, of the first attempt, of each step, and of the end. */
const COST = { statements: 91, transactions: 25, jobs: 1 };
const PROVIDERS = {
  'field/provider.yaml': 'name: field\ndescription: What is counted\nworkflows_dir: workflows\n',
  'field/workflows/look.yaml': `
name: look
description: Looks at a parameter
parameters: [{name: size, type: integer, default: 10}]
steps:
${Array.from({ length: STEPS }, (_, index) => `  - {name: step-${index}, type: assert, with: {that: "inputs.size > ${index}"}}`).join('\n')}
`,
};

(hasPostgres() ? describe : describe.skip)('what a run costs', () => {
  let postgres: PostgresServer;
  let stack: Stack;
  let log: StatementLog;
  /** What the service asks by itself, in transactions of its own. */
  let background: Set<string>;

  beforeAll(async () => {
    postgres = await startPostgres({ settings: LOGGED });
    log = new StatementLog(postgres);
    const providers = tempDir('providers');
    writeProviders(providers, PROVIDERS);
    const env = { ...NO_LIMITS, PROVIDERS_DIR: providers };
    stack = await startStack({ database: await postgres.createDatabase(), env });
    await stack.admin.post('/groups/Lab', {});
    background = new Set(await log.during(() => new Promise((resolve) => setTimeout(resolve, 3000))));
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await postgres?.stop();
  });

  /** Read past the service. */
  async function receipts(runId: string): Promise<number> {
    const [found] = await runSql(stack.env, [`select from run_receipt where run_id = '${runId}'`]);
    return found && 'rows' in found ? found.rows.length : 0;
  }

  it('of six steps', async () => {
    const costs: (typeof COST & { texts: string[] })[] = [];
    for (const application of ['one', 'two', 'three']) {
      const name = 'field/look';
      const all = await log.transactions(async () => {
        const run = acceptedRun(await execute(stack.admin, name, {}, { team: 'Lab', application }));
        // whoever looks at a run costs statements, too
        await waitFor('the receipt', async () => (await receipts(run.id)) === 1);
      });
      const own = all.filter((each) => each.some((text) => !background.has(text) && text !== 'rollback'));
      const texts = own.flat();
      const jobs = texts.filter((text) => /insert into queue/i.test(text)).length;
      costs.push({ statements: texts.length, transactions: own.length, jobs, texts });
    }
    // the first one also pays for what is read once
    const [cheapest] = costs.sort((a, b) => a.statements - b.statements);
    // the statements themselves can be read when the numbers are others
    expect(cheapest).toMatchObject(COST);
  });
});
