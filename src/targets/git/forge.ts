import { randomUUID } from 'node:crypto';
import { Problem } from '../../common/problems/problem.js';
import type { GitTarget } from '../../config/targets.js';
import type { Json } from '../../documents/model.js';
import { type HttpAnswer, HttpService } from '../http/http-service.js';
import type {
  Commit,
  Hook,
  NewCommit,
  Ref,
  Repository,
  RepositorySettings,
  TreeEntry,
  WantedHook,
} from './answers.js';

/** Entries that one page of a list has. */
const PAGE = 50;
/** Pages of a tree that are read. */
const MAX_PAGES = 20;

/** A request to the forge; `also` are the statuses, besides those of success, that tell something. */
interface Call {
  body?: Json;
  also?: readonly number[];
}

/** An organization of a Gitea, as this service uses it: its API, version 1. */
export class Forge {
  readonly name: string;
  readonly owner: string;
  readonly #http: HttpService;

  constructor({ name, teams, url, owner, token }: GitTarget) {
    this.name = name;
    this.owner = owner;
    this.#http = new HttpService({ kind: 'http', name, teams, url: `${url}/api/v1`, token });
  }

  /** Undefined: there is none. `moved`: there was one, and its name still leads to where it is now. */
  async repository(name: string): Promise<Repository | 'moved' | undefined> {
    const { status, body } = await this.call('GET', this.at(name), { also: [404, 301, 302, 307, 308] });
    if (status === 404) return undefined;
    return status === 200 ? (body as unknown as Repository) : 'moved';
  }

  /** Undefined: the name is taken. */
  async create(name: string, settings: RepositorySettings): Promise<Repository | undefined> {
    const { private: isPrivate, description, default_branch } = settings;
    const { status, body } = await this.call('POST', `/orgs/${encodeURIComponent(this.owner)}/repos`, {
      body: { name, description, default_branch, private: isPrivate, auto_init: false },
      also: [409],
    });
    return status === 409 ? undefined : (body as unknown as Repository);
  }

  /** Changes its settings. */
  async change(name: string, settings: { description?: string; archived?: boolean }): Promise<void> {
    await this.call('PATCH', this.at(name), { body: settings });
  }

  /** Removes it, if it is there. */
  async remove(name: string): Promise<void> {
    await this.call('DELETE', this.at(name), { also: [404] });
  }

  /** All branches, tags and pull requests, as Git has them; none: nobody has committed to it. */
  async refs(name: string): Promise<Ref[]> {
    const { status, body } = await this.call('GET', this.at(name, 'git/refs'), { also: [404, 409] });
    const refs = status === 200 ? (body as unknown as { ref: string; object: { sha: string } }[]) : [];
    return refs.map(({ ref, object }) => ({ ref, sha: object.sha }));
  }

  /** The newest commits of a branch, the newest first. */
  async commits(name: string, branch: string): Promise<Commit[]> {
    const query = `sha=${encodeURIComponent(branch)}&limit=${PAGE}&stat=false&verification=false&files=false`;
    const { status, body } = await this.call('GET', `${this.at(name, 'commits')}?${query}`, {
      also: [404, 409],
    });
    const commits =
      status === 200
        ? (body as unknown as { sha: string; commit: { message: string }; parents: unknown[] | null }[])
        : [];
    return commits.map(({ sha, commit, parents }) => ({
      ...{ sha, message: commit.message, isFirst: (parents ?? []).length === 0 },
    }));
  }

  /** Makes a commit of new files. Undefined: one of them is there, or somebody commits in this moment. */
  async commit(name: string, { branch, message, files }: NewCommit): Promise<string | undefined> {
    const operations = Object.entries(files).map(([path, text]) => ({
      ...{ operation: 'create', path, content: Buffer.from(text).toString('base64') },
    }));
    const { status } = await this.call('POST', this.at(name, 'contents'), {
      body: { branch, message, files: operations },
      also: [409, 422],
    });
    if (status === 409 || status === 422) return undefined;
    // the answer has all files once more, and may be too long
    return (await this.commits(name, branch))[0]?.sha;
  }

  /** The files of a commit, or of a branch, by their paths. */
  async tree(name: string, at: string): Promise<ReadonlyMap<string, TreeEntry>> {
    const entries = new Map<string, TreeEntry>();
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const query = `recursive=true&per_page=1000&page=${page}`;
      const path = `${this.at(name, `git/trees/${encodeURIComponent(at)}`)}?${query}`;
      const { status, body } = await this.call('GET', path, { also: [404, 409] });
      const tree =
        status === 200 ? (body as unknown as { tree: TreeEntry[] | null; truncated: boolean }) : undefined;
      for (const each of tree?.tree ?? []) if (each.type !== 'tree') entries.set(each.path, each);
      if (!tree?.truncated) break;
    }
    return entries;
  }

  async hooks(name: string): Promise<Hook[]> {
    const { body } = await this.call('GET', `${this.at(name, 'hooks')}?limit=${PAGE}`);
    return body as unknown as Hook[];
  }

  /** A webhook that sends JSON. */
  async addHook(name: string, { url, events, secret }: WantedHook): Promise<void> {
    const config = { url, content_type: 'json', ...(secret && { secret: secret.reveal() }) };
    await this.call('POST', this.at(name, 'hooks'), {
      body: { type: 'gitea', active: true, events: [...events], config },
    });
  }

  /** Whether somebody has written an issue, open or closed. */
  async hasIssues(name: string): Promise<boolean> {
    const { status, body } = await this.call(
      ...(['GET', `${this.at(name, 'issues')}?state=all&type=issues&limit=1`, { also: [404] }] as const),
    );
    return status === 200 && (body as unknown[]).length > 0;
  }

  private at(name: string, below?: string): string {
    const path = `/repos/${encodeURIComponent(this.owner)}/${encodeURIComponent(name)}`;
    return below === undefined ? path : `${path}/${below}`;
  }

  private async call(method: string, path: string, { body, also = [] }: Call = {}): Promise<HttpAnswer> {
    const answer = await this.#http.send({
      ...{ method, path, body, idempotencyKey: randomUUID() },
      isExpected: (status) => (status >= 200 && status <= 299) || also.includes(status),
    });
    if (method === 'GET' && answer.status === 200 && answer.body === undefined)
      throw new Problem(
        'target_refused',
        `${method} ${path} of ${this.name}: the answer is no JSON, or too long`,
      );
    return answer;
  }
}
