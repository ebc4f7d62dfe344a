import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem.js';
import { KnownAdminsStore } from './known-admins.store.js';

/** Users whom no service token may act for: those last seen with an admin role. */
@Injectable()
export class AdminTargets {
  constructor(private readonly known: KnownAdminsStore) {}

  /** Throws `admin_target`. */
  async refuse(userName: string): Promise<void> {
    if (await this.known.has(userName))
      throw new Problem('admin_target', 'A service token never acts for a user who holds an admin role');
  }
}
