import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import { fromMaven } from '../packages/maven.js';

const POM = join(ROOT, 'test', 'fixtures', 'spark', 'pom.xml');

/** Paths of the jars that test/fixtures/spark/pom.xml names and what they need; fetched by Maven once for each text of that file. */
export async function sparkJars(): Promise<string[]> {
  const digest = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const folder = await fromMaven(`spark-jars-${digest}`, (empty) => [
    '--file',
    POM,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${empty}`,
  ]);
  const jars = readdirSync(folder).filter((name) => name.endsWith('.jar'));
  return jars.map((name) => join(folder, name));
}
