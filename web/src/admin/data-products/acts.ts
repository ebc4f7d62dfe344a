import type { Schema } from '../../api/schema.ts';

export type Act = 'reconcile' | 'confirm' | 'claim' | 'reopen' | 'login';

/** What an administrator can do with a data product as it is now. */
export function actsOf({
  state,
  data_waits: waits,
  claimed_at: claimed,
  principal,
  database,
}: Pick<
  Schema['DataProductDetailDto'],
  'state' | 'data_waits' | 'claimed_at' | 'principal' | 'database'
>): Act[] {
  const isReady = state === 'ready' && principal !== null;
  return [
    ...(state === 'missing' || waits ? (['confirm'] as const) : []),
    'reconcile',
    ...(isReady ? ([claimed === null ? 'claim' : 'reopen'] as const) : []),
    ...(isReady && database !== null ? (['login'] as const) : []),
  ];
}
