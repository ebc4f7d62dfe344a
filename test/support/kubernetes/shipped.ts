import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CUSTOM_KINDS, installKinds, KINDS_POLICY } from '../../../scripts/demo/kubernetes/kinds.mjs';
import { PlayedOperators } from '../../../scripts/demo/kubernetes/operators.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { makePeople, NO_LIMITS } from '../access/sharing.js';
import { runSql } from '../database/sql.js';
import { type OpenBao, startOpenBao } from '../servers/openbao.js';
import type { Answer } from '../service/service.js';
import { SecretFinder } from '../service/secrets.js';
import { type Stack, startStack } from '../service/stack.js';
import { tempDir } from '../service/temp.js';
import { acceptedRun, endOf, execute, runWhen } from '../workflows/runs.js';
import { secretFile } from '../workflows/steps.js';
import { type Kubernetes, workerKubernetes } from './server.js';

/** A service with the providers that come with it, for the team Lab with its member alice, on a real API server and a real OpenBao. */
export class ShippedStack {
  /** What must be nowhere but where it was delivered. */
  readonly secrets = new SecretFinder();
  operators: PlayedOperators;
  #count = 0;

  private constructor(
    readonly stack: Stack,
    readonly kubernetes: Kubernetes,
    readonly bao: OpenBao,
  ) {
    this.operators = new PlayedOperators(kubernetes);
  }

  /** `vaultPolicy`: the rights of the service's token in the vault. `others`: targets besides the vault and the API server. */
  static async start(vaultPolicy: string, others: readonly object[] = []): Promise<ShippedStack> {
    const kubernetes = await workerKubernetes();
    await installKinds(kubernetes, CUSTOM_KINDS);
    const bao = await startOpenBao();
    const folder = tempDir('shipped');
    const files = {
      TARGETS_FILE: join(folder, 'targets.json'),
      WORKFLOW_POLICY_FILE: join(folder, 'policy.yaml'),
    };
    const token_file = secretFile(await bao.tokenWith(vaultPolicy));
    const vault = { name: 'main', kind: 'vault', address: bao.address, token_file, teams: ['Lab'] };
    writeFileSync(
      files.TARGETS_FILE,
      JSON.stringify({ targets: [kubernetes.target({ teams: ['Lab'] }), vault, ...others] }),
    );
    writeFileSync(files.WORKFLOW_POLICY_FILE, KINDS_POLICY);
    const env = { ...NO_LIMITS, ...files, PROVIDERS_DIR: join(ROOT, 'providers'), LOG_LEVEL: 'trace' };
    const stack = await startStack({ env });
    await makePeople(stack, ['alice']);
    await stack.admin.post('/groups/Lab', { members: ['alice'] });
    return new ShippedStack(stack, kubernetes, bao);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await this.operators.stop();
    await this.bao.stop();
  }

  /** A name of Lab that nothing has. */
  newName(): string {
    return `lab-${process.pid}-c${(this.#count += 1)}`;
  }

  /** Alice asks for a run of `provider/workflow`. */
  asked(name: string, parameters: object, query = ''): Promise<Answer> {
    return execute(this.stack.person('alice'), name, parameters, { team: 'Lab', query });
  }

  async ended(name: string, parameters: object): Promise<any> {
    return endOf(this.stack.admin, acceptedRun(await this.asked(name, parameters)));
  }

  async completed(name: string, parameters: object): Promise<any> {
    const run = await this.ended(name, parameters);
    expect([run.error, run.status]).toEqual([null, 'completed']);
    return run;
  }

  async undone({ id }: { id: string }): Promise<any> {
    await this.stack.admin.post(`/api/workflows/${id}/undo`);
    return runWhen(this.stack.admin, { id }, 'undone', ({ undone_at }) => undone_at !== null);
  }

  /** Whether all that a run did still holds. */
  async holds({ id }: { id: string }): Promise<boolean> {
    return (await this.stack.admin.post(`/api/workflows/${id}/verify`)).body.holds;
  }

  /** An object of the core API in a namespace. */
  within(namespace: string, path: string): Promise<any> {
    return this.kubernetes.read(`/api/v1/namespaces/${namespace}${path}`);
  }

  /** Where a secret was found that should be nowhere: in the whole database, the log, what is told of runs, and more that was answered. */
  async leaks(runs: { id: string }[], ...answers: unknown[]): Promise<string[]> {
    const { admin, env } = this.stack;
    const told = [...answers, (await admin.get('/admin/audit?limit=500')).body];
    for (const { id } of runs)
      for (const path of ['', '/logs', '/receipt'])
        told.push((await admin.get(`/api/workflows/${id}${path}`)).body);
    const dump = await dumpOf(env);
    expect(dump).toContain(runs[0]?.id);
    return [
      ...this.secrets.findIn('the answers', JSON.stringify(told)),
      ...this.secrets.findIn('the database', dump),
      ...this.secrets.findIn('the log', this.stack.allLogs()),
    ];
  }
}

/** All that is in the database of a service. */
export async function dumpOf(env: Record<string, string>): Promise<string> {
  const [tables] = await runSql(env, [
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  ]);
  if (!tables || !('rows' in tables)) throw new Error(JSON.stringify(tables));
  const all = tables.rows.map(({ name }) => `select to_json(t)::text as row from ${String(name)} t`);
  return JSON.stringify(await runSql(env, all));
}

/** What an undo left, and why. */
export function staysOf({ steps }: any): string[] {
  return steps.flatMap(({ operations }: any) =>
    operations.flatMap(({ status, message }: any) => (status === 'skipped' ? [message] : [])),
  );
}
