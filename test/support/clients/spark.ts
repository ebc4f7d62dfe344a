import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../../scripts/child.mjs';
import { tempDir } from '../service/temp.js';
import { pythonWith } from '../python/venv.js';
import type { PythonSession } from './python-session.js';
import { sparkJars } from './spark-jars.js';
import { SPARK } from './versions.js';

/** A Python with Spark, and the environment in which Spark is small, on this machine alone and able to speak S3. */
export interface SparkSurroundings {
  python: string;
  env: Record<string, string>;
  /** Lets the next suite begin. */
  leave: () => void;
}

/** A server of Spark Connect has one port on a machine: suites take turns. In milliseconds. */
const TURN_MS = 600_000;

/** The first call of a machine fetches Spark and its jars. Call `leave` at the end. */
export async function sparkSurroundings(): Promise<SparkSurroundings> {
  const python = await pythonWith(`spark-${SPARK.join('-').replace(/[^\w.-]+/g, '-')}`, SPARK);
  const jars = await sparkJars();
  const leave = await takeTurn();
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
  return { python, env: { SPARK_CONF_DIR: folder, SPARK_LOCAL_IP: '127.0.0.1' }, leave };
}

async function takeTurn(): Promise<() => void> {
  const turn = join(process.env['TEST_TMP'] ?? tmpdir(), 'spark-turn');
  const take = () => {
    try {
      mkdirSync(turn);
      return true;
    } catch {
      return false;
    }
  };
  await waitFor('the end of another suite with Spark', take, { timeoutMs: TURN_MS });
  return () => rmdirSync(turn);
}

/** Arguments of every process that was started in these surroundings. */
export function argumentsOfJava({ env }: SparkSurroundings): string {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return '';
    }
  };
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const java = processes.filter((id) =>
    read(`/proc/${id}/environ`).includes(`SPARK_CONF_DIR=${env.SPARK_CONF_DIR}\0`),
  );
  return java.map((id) => read(`/proc/${id}/cmdline`)).join('\n');
}

/**
 * A standalone cluster of one worker, in a Java of its own: its executors are processes that have the environment of that one, as on another host,
 * and nothing of the driver's. Gives its master; it ends with the session.
 */
export function startCluster(python: PythonSession): Promise<string> {
  return python.run(`
from pyspark import SparkConf
from pyspark.java_gateway import launch_gateway
java = launch_gateway(SparkConf(False)).jvm
cluster = java.org.apache.spark.deploy.LocalSparkCluster(1, 1, 600, java.org.apache.spark.SparkConf())
result = list(cluster.start())[0]
`);
}
