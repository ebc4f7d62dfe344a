import type { Client } from '../http/client.js';
import type { Shown } from '../output/output.js';

interface Login {
  host: string;
  port: number;
  database: string;
  schema: string | null;
  user: string;
  password: string;
}

/** In the words of a project's `.env`. */
export async function databaseLogin(client: Client, product: string): Promise<Shown> {
  const login = await client.post<Login>(`/data-products/${encodeURIComponent(product)}/database-login`);
  const lines = Object.entries(login).map(([name, value]: [string, string | number | null]) =>
    value === null ? [] : [`POSTGRES_${name.toUpperCase()}=${value}`],
  );
  return { value: login, text: lines.flat().join('\n') };
}
