import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load-config.js';
import { ROOT } from '../../../scripts/node.mjs';
import {
  CHART,
  hasHelm,
  helm,
  HELM_START_MS,
  type Manifest,
  refusal,
  render,
} from '../../support/deploy/helm.js';
import { containersOf, environmentOf } from '../../support/deploy/pods.js';
import { knownSettings, OF_THE_CHART } from '../../support/deploy/settings.js';
import { secretValue, VALUE_SETS } from '../../support/deploy/value-sets.js';

const GOOD = VALUE_SETS['as few as can be'] as { config: object };
const PLAIN = join(ROOT, 'deploy', 'kubernetes');
const COMPAT = join(ROOT, 'src', 'kbase-compat');
/** Of Node, not of the service. */
const OF_NODE = 'NODE_EXTRA_CA_CERTS';

(hasHelm() ? describe : describe.skip)('the chart', () => {
  const rendered = new Map<string, Manifest[]>();

  beforeAll(async () => {
    for (const [name, values] of Object.entries(VALUE_SETS)) rendered.set(name, await render(values));
  }, HELM_START_MS);

  const of = (name: string): Manifest[] => rendered.get(name) ?? [];
  const find = (name: string, kind: string, end: string): Manifest => {
    const found = of(name).find((each) => each.kind === kind && each.metadata.name.endsWith(end));
    if (!found) throw new Error(`${name} has no ${kind} ${end}`);
    return found;
  };

  it('is linted', async () => {
    expect(await helm('lint', '--strict', CHART)).toContain('0 chart(s) failed');
  });

  it.each(Object.keys(VALUE_SETS))('gives each process an environment that the service takes: %s', (name) => {
    const services = containersOf(of(name)).filter(({ container }) => container.name === 'minio-manager');
    expect(services.length).toBeGreaterThan(0);
    for (const each of services) {
      const environment = environmentOf(of(name), each, secretValue);
      const names = Object.keys(environment).map((variable) =>
        OF_THE_CHART.includes(variable) ? variable : variable.replace(/_FILE$/, ''),
      );
      expect(names.filter((variable) => variable !== OF_NODE && !knownSettings().includes(variable))).toEqual(
        [],
      );
      const { worker, targets, limits, workflowTools, database } = loadConfig(environment, []);
      const { targets: given = [], config } = VALUE_SETS[name] as any;
      expect(targets).toHaveLength(given.length);
      expect(limits.writesPerMinute).toBe(config.RATE_LIMIT_WRITES ?? 1200);
      const only = name === 'one Deployment for all' ? 'all' : /-worker$/.test(each.name) ? 'worker' : 'api';
      expect(worker.role).toBe(only);
      const hasTools = only === 'worker' && name === 'all of it';
      const [image] = each.container.image.split(':');
      expect([Object.keys(workflowTools), image.endsWith('-tools')]).toEqual([
        hasTools ? ['ansible'] : [],
        hasTools,
      ]);
      const mounts = each.container.volumeMounts.map(({ mountPath }: any) => mountPath);
      if (hasTools) expect(mounts).toContain(database.dataDir);
    }
  });

  it('has no secret: each is a file from a Secret that exists, and none is a variable', () => {
    for (const manifests of rendered.values()) {
      expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
      for (const { container } of containersOf(manifests)) {
        const plain = (container.env as any[]).filter(
          ({ name, valueFrom }) => valueFrom || /SECRET$|TOKEN$|PASSWORD$|KEY$|^DATABASE_URL$/.test(name),
        );
        expect(plain).toEqual([]);
      }
    }
  });

  it('has what operators asked for, and leaves out what they did not', () => {
    const kinds = (name: string) =>
      of(name)
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
        .sort();
    expect(kinds('as few as can be')).toEqual([
      'Deployment lake-minio-manager-api',
      'Deployment lake-minio-manager-worker',
      'NetworkPolicy lake-minio-manager-api',
      'NetworkPolicy lake-minio-manager-worker',
      'Pod lake-minio-manager-test',
      'PodDisruptionBudget lake-minio-manager-api',
      'Service lake-minio-manager',
      'Service lake-minio-manager-metrics',
      'ServiceAccount lake-minio-manager',
    ]);
    expect(kinds('one Deployment for all')).toEqual([
      'Deployment identities-api',
      'Service identities',
      'Service identities-metrics',
    ]);
    expect(kinds('all of it')).toEqual(
      expect.arrayContaining([
        'ConfigMap lake-minio-manager',
        'Ingress lake-minio-manager',
        'PodDisruptionBudget lake-minio-manager-worker',
        'ServiceMonitor lake-minio-manager',
      ]),
    );
  });

  it('selects the pods of each process, and nothing else', () => {
    const manifests = of('all of it');
    const pods = containersOf(manifests).map(({ name, pod }) => ({ name, labels: pod.metadata.labels }));
    const selected = (selector: Record<string, string>) =>
      pods
        .filter(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value))
        .map(({ name }) => name);
    const [api, worker] = ['lake-minio-manager-api', 'lake-minio-manager-worker'];
    for (const process of [api, worker])
      for (const kind of ['Deployment', 'PodDisruptionBudget', 'NetworkPolicy']) {
        const { spec } = find('all of it', kind, process);
        expect([kind, selected((spec.selector ?? spec.podSelector).matchLabels)]).toEqual([kind, [process]]);
      }
    expect(selected(find('all of it', 'Service', 'manager').spec.selector)).toEqual([api]);
    const metrics = find('all of it', 'Service', '-metrics');
    expect(selected(metrics.spec.selector)).toEqual([api, worker]);
    const monitor = find('all of it', 'ServiceMonitor', 'manager').spec;
    expect(metrics.metadata.labels).toMatchObject(monitor.selector.matchLabels);
    expect(metrics.spec.ports[0].name).toBe(monitor.endpoints[0].port);
    expect(metrics.metadata.labels[monitor.jobLabel]).toBe('minio-manager');
  });

  it('lets in whom operators name, the pod of its own test, and to workers only who reads metrics', () => {
    const from = (name: string, process: string) =>
      find(name, 'NetworkPolicy', process).spec.ingress.map((rule: any) => rule.from);
    const { ingressFrom, metricsFrom, egress } = (VALUE_SETS['all of it'] as any).networkPolicy;
    const [allowed] = from('all of it', '-api');
    expect(allowed.slice(0, 3)).toEqual([...ingressFrom, ...metricsFrom]);
    const { labels } = find('all of it', 'Pod', '-test').metadata;
    expect(labels).toMatchObject(allowed[3].podSelector.matchLabels);
    expect(from('all of it', '-worker')).toEqual([metricsFrom]);
    expect(from('as few as can be', '-worker')).toEqual([undefined]);
    const policy = find('all of it', 'NetworkPolicy', '-api').spec;
    expect(policy.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(policy.egress.slice(1)).toEqual(egress);
  });

  it('publishes every path of the API, and neither metrics nor probes', () => {
    const { paths } = find('all of it', 'Ingress', 'manager').spec.rules[0].http;
    const served = (path: string) =>
      paths.some(
        (each: any) => each.path === path || (each.pathType === 'Prefix' && path.startsWith(`${each.path}/`)),
      );
    const { paths: all } = JSON.parse(readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8')) as {
      paths: object;
    };
    const hidden = Object.keys(all).filter((path) => !served(path));
    expect(hidden.sort()).toEqual(['/livez', '/metrics', '/readyz']);
    const compat = readdirSync(COMPAT, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.controller.ts'))
      .map((file) => /@Controller\('([^']+)/.exec(readFileSync(join(COMPAT, file), 'utf8'))?.[1] ?? file);
    expect(compat.filter((path) => !served(`/${path}`))).toEqual([]);
    expect(['/docs', '/openapi.json'].filter((path) => !served(path))).toEqual([]);
  });

  it.each([
    ['an unknown value', { replicas: 3 }, /replicas/],
    ['an unknown value inside', { api: { replicas: 3 } }, /api.*replicas/s],
    [
      'a setting that does not exist',
      { config: { ...GOOD.config, MINIO_ENDPOINTS: 'x' } },
      /MINIO_ENDPOINTS/,
    ],
    [
      'a secret among the settings',
      { config: { ...GOOD.config, MASTER_KEY: 'not-a-real-key' } },
      /MASTER_KEY/,
    ],
    ['a secret in clear', { ...GOOD, secrets: { MASTER_KEY: 'not-a-real-key' } }, /MASTER_KEY/],
    [
      'a number out of its bounds',
      { config: { ...GOOD.config, PORTAL_DEBOUNCE_MS: 60_001 } },
      /PORTAL_DEBOUNCE_MS/,
    ],
    ['a word that is none of the allowed', { config: { ...GOOD.config, DRIFT_HEAL: 'some' } }, /DRIFT_HEAL/],
    ['no process of the API', { ...GOOD, api: { replicaCount: 0 } }, /replicaCount/],
    ['no MinIO', { config: { KBASE_AUTH_URL: 'http://a' } }, /config\.MINIO_ENDPOINT must be set/],
    ['no database', { ...GOOD, secrets: { DATABASE_URL: null } }, /secrets\.DATABASE_URL must name a Secret/],
    ['nobody who can log in', { config: { MINIO_ENDPOINT: 'http://a' } }, /nobody can authenticate/],
    [
      'tools without workers',
      { ...GOOD, worker: { replicaCount: 0, tools: { WORKFLOW_TOOLS: 'ansible' } } },
      /worker\.replicaCount must not be 0/,
    ],
    ['tools for all processes', { config: { ...GOOD.config, WORKFLOW_TOOLS: 'ansible' } }, /WORKFLOW_TOOLS/],
    ['an address without a name', { ...GOOD, ingress: { enabled: true } }, /ingress\.host must be set/],
  ])('refuses %s, and says which', async (_, values, message) => {
    expect(await refusal(values)).toMatch(message);
  });

  it('does not show a secret that it refuses', async () => {
    expect(await refusal({ ...GOOD, secrets: { MASTER_KEY: 'not-a-real-key' } })).not.toContain(
      'not-a-real-key',
    );
  });

  it('is what deploy/kubernetes was rendered from', async () => {
    const values = ['--values', join(PLAIN, 'values.yaml')];
    const text = await helm(
      'template',
      'minio-manager',
      CHART,
      '--namespace',
      'minio-manager',
      ...values,
      '--skip-tests',
    );
    expect(readFileSync(join(PLAIN, 'minio-manager.yaml'), 'utf8')).toBe(text);
  });
});
