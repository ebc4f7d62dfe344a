import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Subjects } from '../access/subjects/subjects.js';
import { Arrivals } from '../auth/people/arrivals.js';
import { AppConfig } from '../config/app-config.js';
import { checkUserName } from '../policy/names.js';

/** Makes the row of a person at the person's first call of any kind, so that sharing, requests and groups work from then on. */
@Injectable()
export class FirstCalls implements OnModuleInit {
  constructor(
    private readonly arrivals: Arrivals,
    private readonly subjects: Subjects,
    private readonly config: AppConfig,
  ) {}

  onModuleInit(): void {
    this.arrivals.register(async ({ name }, actor) => {
      // a name that no user can have may still ask who it is
      if (checkUserName(name, { rootUser: this.config.minio.accessKey })) return;
      await this.subjects.addUnwritten(name, actor);
    });
  }
}
