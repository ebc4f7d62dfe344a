import { Injectable, type PipeTransform } from '@nestjs/common';
import { IsString, Matches, MaxLength } from 'class-validator';
import { DryRunQuery } from '../../common/dry-run/dry-run.dto.js';
import { Optional, validateInput } from '../../common/http/validation.js';

const PREFIX = 'param.';

/** What is known of the query. A body that is a Score file has no place for a team. */
class KnownQuery extends DryRunQuery {
  @Optional()
  @IsString()
  @MaxLength(63)
  @Matches(/^[^\0]*$/)
  team?: string;
}

/** The query of a request to run something: `?dry_run=true&team=GROUP&param.NAME=text`. */
export interface RunQuery {
  dry_run: boolean;
  team?: string | undefined;
  /** A name that is there several times has several texts. */
  texts: [name: string, text: string][];
}

/** Takes the parameters out of a query, whose names only the workflow knows; the rest is validated like any other query. */
@Injectable()
export class RunQueryPipe implements PipeTransform<Record<string, unknown>, Promise<RunQuery>> {
  async transform(query: Record<string, unknown>): Promise<RunQuery> {
    const entries = Object.entries(query);
    const isParameter = ([name]: [string, unknown]) => name.startsWith(PREFIX);
    const texts = entries
      .filter(isParameter)
      .flatMap(([name, given]) =>
        [given].flat().map((text): [string, string] => [name.slice(PREFIX.length), String(text)]),
      );
    const others = Object.fromEntries(entries.filter((entry) => !isParameter(entry)));
    const { dry_run, team } = await validateInput(KnownQuery, others, '');
    return { dry_run, team, texts };
  }
}
