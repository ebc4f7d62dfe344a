import { Counter } from 'prom-client';
import { registry } from '../metrics/registry.js';

export const suspensions = new Counter({
  name: 'user_suspensions_total',
  help: 'Users suspended until their next login, by reason: absent, disabled (in the directory), idle',
  labelNames: ['reason'] as const,
  registers: [registry],
});

export const leaverRounds = new Counter({
  name: 'leaver_rounds_total',
  help: 'Rounds of this replica that suspended whoever has left or was idle for too long, by result',
  labelNames: ['result'] as const,
  registers: [registry],
});

export const lookUps = new Counter({
  name: 'directory_look_ups_total',
  help: 'Look-ups of the people of a directory, or counts of idle users, by result: ok, failed (the directory gave nothing), braked (too many are missing or idle, nobody is suspended)',
  labelNames: ['directory', 'result'] as const,
  registers: [registry],
});
