import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../common/caller.js';

/** Who makes a request without a token of its own, by a session that a browser's cookie names. */
export interface BrowserSession {
  caller: Caller;
  /** When the person last logged in, in milliseconds since 1970. */
  loggedInAt: number;
}

/**
 * The session of a request; undefined if it brings none. Throws `unauthenticated` if it brings one that does not count, or has ended, and
 * `auth_unavailable` if that cannot be checked.
 */
export type SessionSource = (request: FastifyRequest) => Promise<BrowserSession | undefined>;

/** Ends every session of a person. */
export type SessionEnd = (userName: string) => Promise<void>;

/** Sessions of browsers. `auth` knows callers only: the layer above that has sessions registers where they are. */
@Injectable()
export class BrowserSessions {
  #source: SessionSource | undefined;
  #end: SessionEnd | undefined;
  readonly #found = new WeakMap<FastifyRequest, BrowserSession>();

  /** Registers the one source, at the start, and how it ends sessions. */
  register(source: SessionSource, end: SessionEnd): void {
    if (this.#source) throw new Error('sessions of browsers have a source already');
    this.#source = source;
    this.#end = end;
  }

  /** Ends every session of a person, on every replica. */
  async endOf(userName: string): Promise<void> {
    await this.#end?.(userName);
  }

  /** Looks for the session of a request, and remembers it for {@link of}. */
  async find(request: FastifyRequest): Promise<BrowserSession | undefined> {
    const session = await this.#source?.(request);
    if (session) this.#found.set(request, session);
    return session;
  }

  /** The session that the caller of the request was found by; undefined for callers with a token. */
  of(request: FastifyRequest): BrowserSession | undefined {
    return this.#found.get(request);
  }
}
