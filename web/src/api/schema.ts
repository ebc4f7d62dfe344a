import type { components } from '../../generated/api.d.ts';

/** The shapes of the API. */
export type Schema = components['schemas'];
