import type { ProbeResults, Found } from '../../../minio/probes/server-probes.js';
import { type Finding, ok } from '../check.js';

/** The effect of an open hole and how to close it. */
export interface Meaning {
  detail: string;
  remedy: string;
  /** `failed` if anyone who knows an access key can write; otherwise `warning`. */
  verdict?: 'warning' | 'failed';
}

/** Turns probe results into a finding. The address of the clients decides the verdict; holes of the server behind it are only mentioned. */
export function hole({ clients, server }: ProbeResults, meaning: Meaning): Finding {
  if (isOpen(clients)) return open(clients, meaning);
  if (clients.result.unclear === undefined) return closed(clients, server, meaning);
  if (server !== undefined && isOpen(server)) {
    const { detail, ...rest } = open(server, meaning);
    return { ...rest, detail: `${detail}. ${unclear(clients)}` };
  }
  return {
    verdict: 'warning',
    detail: unclear(clients),
    remedy: 'Check that address by hand, from where the clients are',
  };
}

function closed(clients: Found, server: Found | undefined, { detail }: Meaning): Finding {
  if (server === undefined || !isOpen(server)) return ok(`${clients.endpoint} is not open to this`);
  return ok(
    `${clients.endpoint} is not open to this, but the server behind it is (${server.endpoint}, by ${listed(server)}): ` +
      `only this service and the proxy may reach that address. ${detail} there`,
  );
}

function open(found: Found, { detail, remedy, verdict = 'warning' }: Meaning): Finding {
  return { verdict, detail: `${detail}, at ${found.endpoint}, by ${listed(found)}`, remedy };
}

function isOpen({ result }: Found): boolean {
  return result.open.length > 0;
}

function listed({ result }: Found): string {
  return result.open.join(', ');
}

function unclear({ endpoint, result }: Found): string {
  return `${endpoint} could not be probed: ${result.unclear ?? ''}`;
}
