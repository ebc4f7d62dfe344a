import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../../../scripts/node.mjs';
import { secretNames, settingsSchema, toolsSchema } from '../../support/deploy/settings.js';

const CHART = join(ROOT, 'deploy/helm/minio-manager');
const read = (file: string) => readFileSync(join(CHART, file), 'utf8');

describe('the values of the chart', () => {
  const { properties, $defs: defs } = JSON.parse(read('values.schema.json'));

  it('have every setting of the service, by its name and with its bounds, and no other', () => {
    const { config } = properties;
    expect(config.properties).toEqual(settingsSchema());
    expect(config.additionalProperties).toBe(false);
    const { tools } = defs.worker.properties;
    expect([tools.properties, tools.additionalProperties]).toEqual([toolsSchema(), false]);
  });

  it('have every secret of the service, and no other', () => {
    const { secrets } = properties;
    expect(Object.keys(secrets.properties).sort()).toEqual(secretNames());
    expect(secrets.additionalProperties).toBe(false);
  });

  it('are the same in the file and in the schema, which says of each object what it may have', () => {
    const open = new Set(['config', 'secrets', 'workflowPolicy', 'caCertificates', 'tools']);
    const compare = (values: Record<string, unknown>, schema: any, at: string): void => {
      const names = Object.keys(schema.properties ?? {}).filter((name) => name !== 'global');
      expect([at, Object.keys(values).sort()]).toEqual([at, names.sort()]);
      expect([at, schema.additionalProperties]).toEqual([at, false]);
      for (const [name, value] of Object.entries(values)) {
        const under = schema.properties[name];
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        if (isObject && under.properties && !open.has(name))
          compare(value as Record<string, unknown>, under, `${at}.${name}`);
      }
    };
    const resolved = { ...properties, api: defs.process, worker: defs.worker };
    compare(parse(read('values.yaml')), { properties: resolved, additionalProperties: false }, 'values');
  });
});
