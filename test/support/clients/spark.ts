import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../temp.js';
import { pythonWith } from '../venv.js';
import { sparkJars } from './spark-jars.js';
import { SPARK } from './versions.js';

/** A Python with Spark, and the environment in which Spark is small, on this machine alone and able to speak S3. */
export interface SparkSurroundings {
  python: string;
  env: Record<string, string>;
}

/** The first call of a machine fetches Spark and its jars. */
export async function sparkSurroundings(): Promise<SparkSurroundings> {
  const python = await pythonWith(`spark-${SPARK.join('-').replace(/[^\w.-]+/g, '-')}`, SPARK);
  const jars = await sparkJars();
  const folder = tempDir('spark');
  mkdirSync(join(folder, 'tmp'));
  const settings = {
    'spark.master': 'local[2]',
    'spark.jars': jars.join(','),
    'spark.driver.memory': '512m',
    // a short life: no time for the second compiler
    'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
    'spark.ui.enabled': 'false',
    'spark.sql.shuffle.partitions': '1',
    'spark.local.dir': join(folder, 'tmp'),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  writeFileSync(join(folder, 'spark-defaults.conf'), lines.join(''));
  writeFileSync(join(folder, 'log4j2.properties'), 'rootLogger.level = off\n');
  return { python, env: { SPARK_CONF_DIR: folder, SPARK_LOCAL_IP: '127.0.0.1' } };
}
