import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { waitFor } from '../../../scripts/child.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { registry } from '../../../src/metrics/registry.js';
import '../../../src/access/drift/metrics.js';
import '../../../src/leavers/metrics.js';
import '../../../src/minio/metrics.js';
import '../../../src/provisioning/gauges/metrics.js';
import '../../../src/provisioning/queue/broker/metrics.js';
import { CHART } from '../../support/deploy/helm.js';
import {
  hasPrometheus,
  type Prometheus,
  promtool,
  startPrometheus,
} from '../../support/servers/prometheus.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const ALERTS = join(CHART, 'files', 'alerts.yaml');
const TESTS = join(ROOT, 'test', 'e2e', 'deploy', 'alerts.test.yaml');
const dashboard = JSON.parse(readFileSync(join(CHART, 'files', 'dashboard.json'), 'utf8'));
const rules: { alert: string; expr: string }[] = parse(readFileSync(ALERTS, 'utf8')).groups.flatMap(
  (group: any) => group.rules,
);
const shown: { title: string; expr: string; legend: string }[] = dashboard.panels.flatMap((panel: any) =>
  (panel.targets ?? []).map(({ expr, legendFormat }: any) => ({
    title: panel.title,
    expr,
    legend: legendFormat,
  })),
);

/** As Grafana fills it in. */
const filled = (expr: string) =>
  expr.replaceAll('$job', 'minio-manager').replaceAll('$__rate_interval', '30s');
/** Each selector has braces, and each names the job: other programs have metrics of the same names. */
const SELECTOR = /([a-z_0-9]+)\{([^}]*)\}/g;
const metricsIn = (expr: string) =>
  [...expr.matchAll(SELECTOR)].map(([, name = '', labels = '']) => ({
    name,
    labels: [...labels.matchAll(/([a-z_]+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label),
  }));
const groupedBy = (expr: string) =>
  [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
/** Those of Prometheus, and of a histogram's series. */
const OF_ANY = ['job', 'instance', 'le'];

function labelsOf(name: string): string[] | undefined {
  if (name === 'up') return [];
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const metric = registry.getSingleMetric(name) ?? registry.getSingleMetric(base);
  return (metric as { labelNames?: string[] } | undefined)?.labelNames;
}

describe('the alerts and the dashboard', () => {
  const all = [
    ...rules.map(({ alert, expr }) => [alert, expr]),
    ...shown.map(({ title, expr }) => [title, expr]),
  ];

  it.each(all)('name metrics and labels that the service has, of its own job: %s', (_, expr = '') => {
    const metrics = metricsIn(expr);
    expect(metrics.length).toBeGreaterThan(0);
    const labels = metrics.map(({ name }) => labelsOf(name));
    for (const [index, { name, labels: used }] of metrics.entries()) {
      expect([name, used]).toEqual([name, expect.arrayContaining(['job'])]);
      const allowed = [...(labels[index] ?? ['no such metric']), ...OF_ANY];
      expect([name, used.filter((label) => !allowed.includes(label))]).toEqual([name, []]);
    }
    const known = [...labels.flatMap((each) => each ?? []), ...OF_ANY];
    expect(groupedBy(expr).filter((label) => !known.includes(label))).toEqual([]);
    // nothing is left that could be a selector without braces
    const rest = expr
      .replaceAll(SELECTOR, '')
      .replaceAll(/ (by|on|ignoring) \([^)]*\) */g, '')
      .replaceAll(/\[[^\]]*\]/g, '');
    expect(rest.match(/[a-z_]{3,}(?!\w*\()/gi) ?? []).toEqual(rest.match(/\b(and|unless|bool)\b/g) ?? []);
  });

  it('show legends of labels that the query keeps', () => {
    const wrong = shown.filter(({ expr, legend }) => {
      const kept = expr.includes(' by (') ? groupedBy(expr) : OF_ANY;
      return [...legend.matchAll(/\{\{(\w+)\}\}/g)].some(([, label = '']) => !kept.includes(label));
    });
    expect(wrong).toEqual([]);
  });

  it('have panels that do not lie on each other, and numbers of their own', () => {
    const places = dashboard.panels.map(({ gridPos: { x, y } }: any) => `${x} ${y}`);
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(dashboard.panels.map(({ id }: any) => id)).size).toBe(places.length);
  });
});

(hasPrometheus() ? describe : describe.skip)('a Prometheus that reads the service', () => {
  let stack: Stack;
  let prometheus: Prometheus;

  beforeAll(async () => {
    stack = await startStack({ env: { SWEEP_INTERVAL_SECONDS: '1' } });
    prometheus = await startPrometheus(stack.service.port, ALERTS);
  }, START_MS);
  afterAll(async () => {
    await prometheus?.stop();
    await stack?.stop();
  });

  it('finds each alert to fire when it must, and none when all is well', async () => {
    expect(await promtool('test', 'rules', TESTS)).toContain('SUCCESS');
    const { tests } = parse(readFileSync(TESTS, 'utf8'));
    const fired = tests
      .flatMap((each: any) => each.promql_expr_test[0].exp_samples)
      .map(({ labels }: any) => labels);
    const never = rules.filter(({ alert }) => !fired.some((labels: string) => labels.includes(`"${alert}"`)));
    expect(never).toEqual([]);
  });

  it('takes the rules, and no alert fires', async () => {
    await waitFor('the first evaluation', async () =>
      (await prometheus.rules()).every(({ health }) => health === 'ok'),
    );
    const known = await prometheus.rules();
    expect(known.map(({ name, lastError }) => [name, lastError])).toEqual(
      rules.map(({ alert }) => [alert, undefined]),
    );
    expect(await prometheus.query('ALERTS{alertstate="firing"}')).toEqual([]);
  });

  it('has something to show in each panel of what the service did', async () => {
    const alice = stack.person('alice');
    const use = async () => {
      expect((await alice.post('/users/alice')).status).toBeLessThan(300);
      expect((await alice.post('/users/alice/sessions')).status).toBe(201);
      await stack.service.request('GET', '/readyz');
    };
    const named = async (): Promise<Set<string>> => {
      const text = (await stack.service.request('GET', '/metrics')).body as string;
      return new Set(['up', ...[...text.matchAll(/^([a-z_0-9]+)[{ ]/gm)].map(([, name = '']) => name)]);
    };
    const empty = async (): Promise<string[]> => {
      await use();
      const has = await named();
      const lacking: string[] = [];
      for (const { title, expr } of shown) {
        if (!metricsIn(expr).every(({ name }) => has.has(name))) continue;
        const series = await prometheus.query(filled(expr));
        if (series.every(({ value }) => value[1] === 'NaN')) lacking.push(title);
      }
      return lacking;
    };
    let lacking: string[] = [];
    const done = async () => (lacking = await empty()).length === 0;
    await waitFor('each panel', done, { timeoutMs: 60_000 }).catch(() => undefined);
    expect(lacking).toEqual([]);
  });
});
