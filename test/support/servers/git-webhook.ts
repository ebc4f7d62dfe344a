import { createHmac } from 'node:crypto';
import type { GitRepository, GitServer } from './git-server.js';

/** How forges sign a delivery. */
const SIGNED = {
  github: (hex: string) => ({ 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hex}` }),
  gitea: (hex: string) => ({ 'x-gitea-event': 'push', 'x-gitea-signature': hex }),
  forgejo: (hex: string) => ({ 'x-forgejo-event': 'push', 'x-forgejo-signature': hex }),
  gogs: (hex: string) => ({ 'x-gogs-event': 'push', 'x-gogs-signature': hex }),
};

/** A forge in front of a Git server, which tells of pushes. */
export class Forge {
  constructor(
    private readonly server: GitServer,
    readonly secret: string,
  ) {}

  /** What it sends about a push to a branch. */
  push(repository: GitRepository, ref = 'refs/heads/main', more: object = {}): object {
    const clone_url = this.server.urlOf(repository);
    return { ref, repository: { clone_url, default_branch: 'main', ...more } };
  }

  /** The request as it goes over the wire. */
  signed(
    payload: object,
    as: keyof typeof SIGNED = 'github',
    secret = this.secret,
  ): { body: string; headers: Record<string, string> } {
    const body = JSON.stringify(payload);
    const hex = createHmac('sha256', secret).update(body).digest('hex');
    return { body, headers: { 'content-type': 'application/json', ...SIGNED[as](hex) } };
  }
}
