// How each part of the demo is, for `minio-managerctl demo-status`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Caller } from '../api.mjs';
import { ROOT } from '../../node.mjs';

const TIMEOUT_MS = 5000;
const COMMAND = 'npx minio-managerctl demo-time';

/**
 * @typedef {{ part: string, state: 'up' | 'down' | 'not there', detail: string, url?: string, pid?: number,
 *   optional?: boolean }} PartState `optional`: the demo is whole without it
 * @param {{ ports: import('../settings.mjs').Ports, pids: { service?: number, minio?: number }, tokens: Record<string, string>,
 *   time: import('./demo-time.mjs').DemoTime }} demo
 * @returns {Promise<PartState[]>}
 */
export async function statusOf({ ports, pids, tokens, time }) {
  const minio = `http://127.0.0.1:${ports.minio}`;
  return Promise.all([
    served('the service', `${ports.url}/readyz`, { url: ports.url, pid: pids.service }),
    served('MinIO', `${minio}/minio/health/live`, { url: minio, pid: pids.minio }),
    ...time.parts.map((part) => partState(part, time.isWanted)),
    providersState(new Caller(ports.url, tokens.admin)),
  ]);
}

async function served(part, probe, place) {
  const answer = await fetch(probe, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => undefined);
  if (answer?.status === 200) return { part, state: 'up', detail: placeText(place), ...place };
  return {
    part,
    state: 'down',
    detail: 'it does not answer; if it stays so, start the demo again: npm start',
    ...place,
  };
}

async function partState(part, isWanted) {
  const { name, url, pid, problem, optional } = part;
  if (await part.isUp()) return { part: name, state: 'up', detail: placeText({ url, pid }), url, pid };
  const lacks = part.lacks();
  if (lacks)
    return {
      part: name,
      state: 'not there',
      detail: `${lacks}, then: ${COMMAND}`,
      optional,
    };
  if (!isWanted) return { part: name, state: 'down', detail: `${COMMAND} starts it` };
  return {
    part: name,
    state: 'down',
    detail: `${problem ?? 'it does not answer'}. Then ${COMMAND} starts it`,
  };
}

/** Those that come with the service, as an administrator sees them. @param {Caller} admin */
async function providersState(admin) {
  const shipped = readdirSync(join(ROOT, 'providers'), { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map(({ name }) => name);
  const found = await admin.find('/api/providers?limit=500').catch(() => undefined);
  const ready = (found?.items ?? []).filter(({ status }) => status === 'ready').map(({ name }) => name);
  const missing = shipped.filter((name) => !ready.includes(name));
  if (missing.length === 0) return { part: 'providers', state: 'up', detail: shipped.join(', ') };
  const detail = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not loaded: ${COMMAND} loads them`;
  return { part: 'providers', state: 'down', detail };
}

function placeText({ url, pid }) {
  return pid === undefined ? url : `${url}, process ${pid}`;
}
