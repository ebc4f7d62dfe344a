import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { waitFor } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { findHelm } from '../../../scripts/servers/helm.mjs';
import { hasHelm, HELM_START_MS, render } from '../../support/deploy/helm.js';
import { hasKubernetes, type Kubernetes, workerKubernetes } from '../../support/kubernetes/server.js';
import { tempDir } from '../../support/service/temp.js';
import { blocksOf, Terminal } from '../../support/walks/pages.js';

const docs = (page: string) => blocksOf(join(ROOT, 'docs', page));
const blocks = docs('kubernetes-deployment.md');
const commands = blocks.filter(({ language }) => language === 'sh');
const values = blocks.filter(({ language }) => language === 'yaml');
const whole = values.find(({ text }) => text.includes('MINIO_ENDPOINT'));
/** What the page's text says of each: some of what it prints. */
const SAYS = [
  /secret\/minio-manager created/,
  /0 chart\(s\) failed.*STATUS: deployed.*https:\/\/lake\.example\.org/s,
  /Phase: +Succeeded.*deployment\.apps\/lake-minio-manager-worker/s,
  /REVISION: 2.*Upgrade complete/s,
  /secret\/minio-manager serverside-applied.*lake-minio-manager-worker restarted/s,
  /release "lake" uninstalled/,
  /deployment\.apps\/minio-manager-worker created/,
];

(hasHelm() && hasKubernetes() ? describe : describe.skip)('the page about the service on Kubernetes', () => {
  let kubernetes: Kubernetes;
  let terminal: Terminal;
  let ended = false;
  let kubelet: Promise<void>;

  beforeAll(async () => {
    kubernetes = await workerKubernetes();
    const folder = tempDir('page');
    symlinkSync(join(ROOT, 'deploy'), join(folder, 'deploy'));
    writeFileSync(join(folder, 'lake.yaml'), whole?.text ?? '');
    terminal = new Terminal(folder, {
      ...{ MINIO_PASSWORD: 'not-a-real-password', DATABASE_URL: 'postgresql://u@127.0.0.1/lake' },
      ...{ KUBECONFIG: kubernetes.kubeconfig(), PATH: `${await findHelm()}:${process.env.PATH}` },
    });
    kubelet = endTests();
  }, HELM_START_MS);
  afterAll(async () => {
    ended = true;
    await kubelet;
  });

  /** There are no nodes: the pod of `helm test` ends because somebody says so. What it runs is run in installed.spec.ts. */
  async function endTests(): Promise<void> {
    const path = '/api/v1/namespaces/lake/pods/lake-minio-manager-test';
    await waitFor('the pod of helm test', async () => ended || (await kubernetes.read(path)) !== undefined, {
      timeoutMs: 200_000,
    });
    const status = { phase: 'Succeeded' };
    await kubernetes.call('PATCH', `${path}/status`, { status }, 'application/merge-patch+json');
  }

  it('has commands', () => {
    expect(commands).toHaveLength(SAYS.length);
  });

  it.each(commands.map((each, at) => ({ ...each, says: SAYS[at]! })))(
    'does what it says: line $line',
    async ({ text, says }) => {
      expect(await terminal.run(text)).toMatch(says);
    },
  );

  it.each([...values, ...docs('monitoring.md').filter(({ text }) => text.includes('serviceMonitor'))])(
    'has values that the chart takes: line $line',
    async ({ text }) => {
      const { config = parse(whole?.text ?? '').config, ...more } = parse(text);
      expect((await render({ config, ...more })).length).toBeGreaterThan(5);
    },
  );
});
