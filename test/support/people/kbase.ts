import { KbaseStub } from '../../../scripts/kbase-auth-stub.mjs';

export type { KbaseStub } from '../../../scripts/kbase-auth-stub.mjs';

export interface KbaseToken {
  user: string;
  customroles?: string[];
  roles?: { id: string; desc: string }[];
  type?: 'Login' | 'Agent' | 'Developer' | 'Service';
  name?: string;
  /** Milliseconds since the epoch. */
  expires?: number;
  disabled?: boolean;
  email?: string;
}

/** A listening stub auth service: `url`, `hits`, `count()`, `setToken()`, `removeToken()`, `fault`, `stop()`, `start()`. */
export function startKbaseStub(
  options: { tokens?: Record<string, KbaseToken>; cachefor?: number } = {},
): Promise<KbaseStub> {
  return new KbaseStub(options).start();
}
