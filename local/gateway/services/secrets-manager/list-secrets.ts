/**
 * ListSecrets with the filters of the API: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
 *
 * They match beginnings, not whole words: a caller that asks for `prod` gets `prod-eu` too, and must filter.
 */
import { z } from 'zod';

import type { AwsRequest } from '../../request.ts';
import { withRotation } from './read-metadata.ts';
import { invalidParameter } from './secret-input.ts';
import { callerScope, type Output, type SecretsContext } from './secrets-context.ts';

const filterKeys = ['description', 'name', 'tag-key', 'tag-value', 'primary-region', 'owning-service', 'all'] as const;
type FilterKey = (typeof filterKeys)[number];

const inputSchema = z.object({
  Filters: z
    .array(
      z.strictObject({
        Key: z.enum(filterKeys),
        Values: z
          .array(z.string().regex(/^!?[a-zA-Z0-9 :_@/+=.!-]*$/))
          .min(1)
          .max(10),
      }),
    )
    .max(10)
    .default([]),
  IncludePlannedDeletion: z.boolean().default(false),
  MaxResults: z.number().int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
  SortOrder: z.enum(['asc', 'desc']).default('desc'),
});

const entrySchema = z.looseObject({
  ARN: z.string(),
  Name: z.string(),
  Description: z.string().optional(),
  CreatedDate: z.number(),
  PrimaryRegion: z.string().optional(),
  Tags: z.array(z.looseObject({ Key: z.string(), Value: z.string().default('') })).default([]),
});
type Entry = z.infer<typeof entrySchema>;

const pageSchema = z.looseObject({ SecretList: z.array(entrySchema), NextToken: z.string().optional() });

export const listSecrets = async (context: SecretsContext, request: AwsRequest): Promise<Output> => {
  const parsed = inputSchema.safeParse(request.input);
  if (!parsed.success) throw invalidParameter(z.prettifyError(parsed.error));
  const { Filters, IncludePlannedDeletion, MaxResults, NextToken, SortOrder } = parsed.data;
  const all = await everySecret(context, request, IncludePlannedDeletion);
  const found = all
    .filter((entry) => Filters.every(({ Key, Values }) => Values.some((value) => matches(entry, Key, value))))
    .sort((a, b) => (SortOrder === 'asc' ? 1 : -1) * (a.CreatedDate - b.CreatedDate || (a.Name < b.Name ? -1 : 1)));
  const start = NextToken === undefined ? 0 : offsetIn(NextToken);
  const end = start + MaxResults;
  return {
    SecretList: found.slice(start, end).map((entry) => withRotation(context, entry)),
    ...(end < found.length && { NextToken: Buffer.from(String(end)).toString('base64url') }),
  };
};

const everySecret = async (
  context: SecretsContext,
  request: AwsRequest,
  includePlannedDeletion: boolean,
): Promise<Entry[]> => {
  const entries: Entry[] = [];
  let token: string | undefined;
  do {
    const page = pageSchema.parse(
      await context.emulated.call(callerScope(request), 'ListSecrets', {
        IncludePlannedDeletion: includePlannedDeletion,
        ...(token !== undefined && { NextToken: token }),
      }),
    );
    entries.push(...page.SecretList);
    token = page.NextToken;
  } while (token !== undefined);
  return entries;
};

/** `!` in front turns a filter round. */
const matches = (entry: Entry, key: FilterKey, value: string): boolean =>
  value.startsWith('!') ? !hasBeginning(entry, key, value.slice(1)) : hasBeginning(entry, key, value);

const hasBeginning = (entry: Entry, key: FilterKey, value: string): boolean => {
  const begins = (text: string | undefined): boolean => text?.startsWith(value) === true;
  switch (key) {
    case 'name':
      return begins(entry.Name);
    case 'tag-key':
      return entry.Tags.some(({ Key }) => begins(Key));
    case 'tag-value':
      return entry.Tags.some(({ Value }) => begins(Value));
    case 'primary-region':
      return begins(entry.PrimaryRegion);
    case 'owning-service':
      return entry.Tags.some(({ Key, Value }) => Key === 'aws:secretsmanager:owningService' && begins(Value));
    case 'description':
      return words(entry.Description).some((_, index, all) =>
        all.slice(index).join(' ').startsWith(value.toLowerCase()),
      );
    case 'all': {
      const own = words(
        [entry.Name, entry.Description, ...entry.Tags.flatMap((tag) => [tag.Key, tag.Value])].join(' '),
      );
      return words(value).some((word) => own.includes(word));
    }
  }
};

const words = (text: string | undefined): string[] => text?.toLowerCase().match(/[a-z0-9]+/g) ?? [];

const offsetIn = (token: string): number => {
  const offset = Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isInteger(offset) || offset < 1) throw invalidParameter('NextToken is not one that ListSecrets gave.');
  return offset;
};
