import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../../scripts/node.mjs';
import { DemoBench, FIRST_START_MS, type Run } from '../../support/walks/demo.js';
import { type Block, blocksOf } from '../../support/walks/pages.js';
import { tempDir } from '../../support/service/temp.js';

const run = promisify(execFile);
/** The addresses of the pages are those of a demo on its usual ports. */
const SERVICE = 'http://127.0.0.1:8090';
const MINIO = 'http://127.0.0.1:9000';
const OPENBAO = 'http://127.0.0.1:8200';

/** A clone of the project in an empty folder, and the demo that runs there. All walks go through the same one, in turn. */
export class Place {
  private made: DemoBench | undefined;
  private running: Run | undefined;

  constructor(readonly clone = join(tempDir('newcomer'), 'minio-manager')) {}

  /**
   * Clones what is committed, and gives it what is here already: the packages, which `npm ci` would fetch for a minute by the same lock file, and the
   * build, which takes half a minute.
   */
  async make(): Promise<void> {
    await run('git', ['clone', '--quiet', `file://${ROOT}`, this.clone]);
    const packages = join(ROOT, 'node_modules');
    // links, where both are on one disk
    await run('cp', ['-al', packages, this.clone]).catch(() => run('cp', ['-a', packages, this.clone]));
    const dist = join(this.clone, 'dist');
    await run('cp', ['-r', join(ROOT, 'dist'), dist]);
    await run('touch', [join(dist, 'main.js')]);
    this.made = await DemoBench.inClone(this.clone);
  }

  /** `npm start`, until it says that it is ready; `settings` are what somebody exported before. */
  async start(settings?: Record<string, string>): Promise<Run> {
    this.running = await this.bench.npmStartOfPeople(settings).ready(FIRST_START_MS);
    return this.running;
  }

  get bench(): DemoBench {
    if (!this.made) throw new Error('there is no clone');
    return this.made;
  }

  get demo(): Run {
    if (!this.running) throw new Error('the demo has not been started');
    return this.running;
  }

  get url(): string {
    return this.bench.url;
  }

  /** The token that the demo printed for somebody. */
  token(name: string): string {
    return this.demo.printed(new RegExp(`export (?:ADMIN_)?TOKEN=(demo-${name}-\\w+)`));
  }

  /** A request as curl would send it; the answer's body. */
  async ask(name: string, path: string, body?: object): Promise<any> {
    const headers = { authorization: `Bearer ${this.token(name)}`, 'content-type': 'application/json' };
    const options = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
    return (await fetch(`${this.url}${path}`, options)).json();
  }

  /** A page as it is in the clone. */
  text(file: string): string {
    return readFileSync(join(this.clone, file), 'utf8');
  }

  /** The blocks of a page in the clone, with the addresses that this demo printed. */
  page(file: string): Block[] {
    const here: Record<string, string> = {
      [SERVICE]: this.url,
      [OPENBAO]: `http://127.0.0.1:${this.bench.env.DEMO_OPENBAO_PORT}`,
      [MINIO]: this.demo.printed(/MinIO {10}(http\S+)/),
    };
    return blocksOf(join(this.clone, file)).map((block) => ({
      ...block,
      text: Object.entries(here).reduce((text, [from, to]) => text.replaceAll(from, to), block.text),
    }));
  }
}
