import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { findNode, ROOT } from '../../../scripts/node.mjs';
import { hasHelm, HELM_START_MS, type Manifest, podOf, render } from '../../support/deploy/helm.js';
import { containersOf, environmentOf } from '../../support/deploy/pods.js';
import { VALUE_SETS } from '../../support/deploy/value-sets.js';
import { installDefinition } from '../../../scripts/demo/kubernetes/kinds.mjs';
import { hasKubernetes, type Kubernetes, workerKubernetes } from '../../support/kubernetes/server.js';
import { hasServer } from '../../support/servers/postgres.js';
import { type Service, startService } from '../../support/service/service.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const run = promisify(execFile);
/** Where each kind is, for a request. */
const PLURALS: Record<string, string> = {
  NetworkPolicy: 'networkpolicies',
  Ingress: 'ingresses',
};
const STRICT = '?dryRun=All&fieldValidation=Strict';

(hasHelm() && hasKubernetes() ? describe : describe.skip)(
  'the objects of the chart, for the API server',
  () => {
    let kubernetes: Kubernetes;
    let namespace: string;

    beforeAll(async () => {
      kubernetes = await workerKubernetes();
      namespace = await kubernetes.namespace('lake');
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      await kubernetes.apply('admin', `/api/v1/namespaces/${namespace}`, {
        ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
      });
      for (const file of ['servicemonitors.yaml', 'prometheusrules.yaml'])
        await installDefinition(
          kubernetes,
          parse(readFileSync(join(ROOT, 'test', 'fixtures', 'crds', file), 'utf8')),
        );
    }, HELM_START_MS);

    const create = (object: object, plural: string, apiVersion = 'v1') => {
      const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      return kubernetes.call('POST', `${group}/namespaces/${namespace}/${plural}${STRICT}`, object);
    };
    const answer = async (manifest: Manifest): Promise<string> => {
      const plural = PLURALS[manifest.kind] ?? `${manifest.kind.toLowerCase()}s`;
      const { status, body } = await create(manifest, plural, manifest.apiVersion);
      return status === 201 ? '' : `${manifest.kind} ${manifest.metadata.name}: ${status} ${body.message}`;
    };

    it.each(Object.entries(VALUE_SETS))(
      'are accepted, and have no field that it does not know: %s',
      async (_, values) => {
        const manifests = await render(values);
        const answers = await Promise.all(manifests.map(answer));
        expect(answers.filter((each) => each !== '')).toEqual([]);
      },
    );

    it.each(Object.entries(VALUE_SETS))(
      'have pods that the strictest standard of Kubernetes lets run: %s',
      async (_, values) => {
        const pods = (await render(values)).flatMap((manifest) => {
          const pod = podOf(manifest);
          return pod
            ? [{ apiVersion: 'v1', kind: 'Pod', spec: pod.spec, metadata: { name: manifest.metadata.name } }]
            : [];
        });
        const answers = await Promise.all(pods.map((pod) => create(pod, 'pods')));
        expect(answers.map(({ status, body }) => [status, body.message])).toEqual(
          pods.map(() => [201, undefined]),
        );
      },
    );
  },
);

(hasHelm() && hasServer() ? describe : describe.skip)('the processes of the chart, run as it says', () => {
  let stack: Stack;
  let manifests: Manifest[];
  const services = new Map<string, Service>();

  beforeAll(async () => {
    stack = await startStack({ embedded: false });
    const { MINIO_ENDPOINT, KBASE_AUTH_URL, KBASE_ADMIN_ROLES, ...rest } = stack.env;
    manifests = await render({
      config: { MINIO_ENDPOINT, KBASE_AUTH_URL, KBASE_ADMIN_ROLES, PROVIDERS_DIR: 'test/none' },
    });
    const secret = (name: string) => (name === 'MASTER_KEY' ? stack.minio.secretKey : (rest[name] ?? ''));
    for (const each of containersOf(manifests).filter(
      ({ container }) => container.name === 'minio-manager',
    )) {
      const { PORT: _, ...env } = environmentOf(manifests, each, secret);
      services.set(each.name, await startService({ env }));
    }
  }, START_MS + HELM_START_MS);
  afterAll(async () => {
    await Promise.all([...services.values()].map((service) => service.stop()));
    await stack?.stop();
  });

  it('answer each of their probes, and metrics', async () => {
    expect(services.size).toBe(2);
    for (const { name, container } of containersOf(manifests)) {
      const service = services.get(name);
      if (!service) continue;
      const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
      const paths = [...probes.map(({ httpGet }) => httpGet.path), '/metrics'];
      expect(paths).toEqual(['/livez', '/livez', '/readyz', '/metrics']);
      for (const path of paths)
        expect([path, (await service.request('GET', path)).status]).toEqual([path, 200]);
    }
  });

  it('are found well by `helm test`, and not when one does not serve the API', async () => {
    const test = containersOf(manifests).find(({ container }) => container.name === 'ready');
    const [program, ...args] = test?.container.command ?? [];
    expect(program).toBe('node');
    const ask = (end: string) => {
      const SERVICE = services.get(`lake-minio-manager-${end}`)?.baseUrl ?? '';
      return run(findNode(), args, { env: { SERVICE } });
    };
    expect((await ask('api')).stdout).toContain('without a token: 401');
    await expect(ask('worker')).rejects.toMatchObject({ code: 1 });
  });
});
