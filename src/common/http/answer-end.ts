import type { ServerResponse } from 'node:http';

/** Calls `ended` once: with true when the response was sent, with false when its connection ended before, or when it became an error. */
export function whenAnswered(response: ServerResponse, ended: (sent: boolean) => void): void {
  const end = (): void => ended(response.writableFinished && response.statusCode < 400);
  if (response.destroyed) end();
  else response.once('close', end);
}
