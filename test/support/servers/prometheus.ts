import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import axios from 'axios';
import { stringify } from 'yaml';
import { freePort, isRunning, spawnTied, stopChild, waitFor, which } from '../../../scripts/child.mjs';
import { tempDir } from '../service/temp.js';

const run = promisify(execFile);

/** For `(hasPrometheus() ? describe : describe.skip)(...)`; says so when it is missing. */
export function hasPrometheus(): boolean {
  if (which('prometheus') && which('promtool')) return true;
  const missing = 'Prometheus is not installed (Debian: apt-get install prometheus): its tests are skipped';
  if (process.env.CI) throw new Error(missing);
  console.warn(missing);
  return false;
}

/** What promtool says; throws when it finds something wrong. */
export async function promtool(...args: string[]): Promise<string> {
  const { stdout } = await run(which('promtool') ?? 'promtool', args);
  return stdout;
}

export interface Series {
  metric: Record<string, string>;
  value: [number, string];
}

export interface Prometheus {
  /** The series of an expression, now. */
  query: (expression: string) => Promise<Series[]>;
  rules: () => Promise<{ name: string; health: string; lastError?: string }[]>;
  stop: () => Promise<unknown>;
}

/** A Prometheus that reads the metrics of a service every second as the job `minio-manager`, and evaluates the rules of a file. */
export async function startPrometheus(port: number, rules: string): Promise<Prometheus> {
  const dir = tempDir('prometheus');
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'minio-manager', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
  };
  writeFileSync(join(dir, 'prometheus.yml'), stringify(config));
  const own = await freePort();
  const args = [
    ...[`--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`],
    `--web.listen-address=127.0.0.1:${own}`,
  ];
  const child = spawnTied(which('prometheus') ?? 'prometheus', args, { cwd: dir, stdio: 'ignore' });
  const client = axios.create({ baseURL: `http://127.0.0.1:${own}`, timeout: 10_000, proxy: false });
  const stop = () => stopChild(child);
  const isReady = () =>
    client.get('/-/ready').then(
      () => true,
      () => false,
    );
  try {
    await waitFor('Prometheus', () => {
      if (!isRunning(child)) throw new Error('Prometheus ended while starting');
      return isReady();
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const query = async (expression: string): Promise<Series[]> => {
    const answer = await client.get('/api/v1/query', {
      params: { query: expression },
      validateStatus: () => true,
    });
    if (answer.data.status !== 'success') throw new Error(`${expression}: ${answer.data.error}`);
    return answer.data.data.result;
  };
  const known = async () =>
    (await client.get('/api/v1/rules')).data.data.groups.flatMap((group: any) => group.rules);
  return { query, rules: known, stop };
}
