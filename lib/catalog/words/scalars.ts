/** The words and numbers that both kinds of catalog file use, each with what to write. */
import { z } from 'zod';

import { completeSecretArn, secretNamePattern } from '../../contract/index.ts';
import { expecting, text } from './expectation.ts';

/** Environment, application, secret, consumer and contact names: parts of AWS names, so plain. */
export const name = text(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
  must: 'be a name of lower-case letters, digits and single hyphens that starts with a letter',
  write: 'a name such as orders-db',
});

export const hoursPerDay = 24;
export const minimumHours = 4;
export const maximumHours = 1000 * hoursPerDay;

export const duration = expecting(
  z
    .string()
    .regex(/^[0-9]+[hd]$/, { abort: true })
    .refine((every) => hoursOf(every) >= minimumHours, { error: 'must be at least 4h', abort: true })
    .refine((every) => hoursOf(every) <= maximumHours, { error: 'must be at most 1000d' }),
  { must: 'be a time in whole hours or days', write: '4h to 1000d' },
);

export const graceTime = expecting(
  z
    .string()
    .regex(/^[0-9]+[hd]$/, { abort: true })
    .refine((grace) => hoursOf(grace) >= 1, { error: 'must be at least 1h', abort: true })
    .refine((grace) => hoursOf(grace) <= maximumHours, { error: 'must be at most 1000d' }),
  { must: 'be a time in whole hours or days', write: '1h or more, such as 24h' },
);

/** `12h` and `30d` in hours. */
export const hoursOf = (every: string): number => Number(every.slice(0, -1)) * (every.endsWith('d') ? hoursPerDay : 1);

/** Free text that becomes a tag or a description; the characters are those of a tag's value. */
export const label = text(/^[\p{L}\p{N}_.:/=+@-][\p{L}\p{N}\p{Zs}_.:/=+@-]{0,255}$/u, {
  must: 'be 1 to 256 letters, digits, spaces and _ . : / = + - @',
  write: 'a word or two, such as team-payments',
});

/** What a reviewer does not see: controls but for line ends and tabs, formats such as U+202E, fillers. */
const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

export const sentence = expecting(
  z
    .string()
    .refine((line) => line.trim() !== '', { error: 'must say something' })
    .refine((line) => line.length <= 2048, { error: 'must have at most 2048 characters' })
    .refine((line) => !unseen.test(line), {
      error: 'must have no control character, and none that is invisible or changes the direction of the text',
    }),
  { must: 'be text', write: 'a sentence' },
);

export const date = expecting(z.iso.date(), { must: 'be a day of the calendar', write: 'a date such as 2027-03-31' });

/** The name of a database or a schema in the characters that a tag's value may have. */
export const databaseName = text(/^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/, {
  must: 'be 1 to 63 letters, digits and _ . - that start with a letter or _',
  write: 'a name such as payments_app',
});

/** Longest time for which credentials of a role are valid, https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_CreateProfile.html */
export const sessionTime = expecting(
  z
    .string()
    .regex(/^[0-9]+[mh]$/, { abort: true })
    .refine((session) => secondsOf(session) >= 900, { error: 'must be at least 15m', abort: true })
    .refine((session) => secondsOf(session) <= 43_200, { error: 'must be at most 12h' }),
  { must: 'be a time in whole minutes or hours', write: '15m to 12h' },
);

/** `15m` and `12h` in seconds. */
export const secondsOf = (session: string): number =>
  Number(session.slice(0, -1)) * (session.endsWith('h') ? 3600 : 60);

/** What a claim of a token must equal: a policy would take `*` and `?` for wildcards, and `${` for a variable. */
export const exact = /^[^*?$\s\p{C}]([^*?$\p{C}]{0,253}[^*?$\s\p{C}])?$/u;

const writeIssuer = 'host and path alone, such as token.actions.githubusercontent.com';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html */
export const issuer = expecting(
  z
    .string()
    .refine((given) => !/^https?:/i.test(given), { error: 'must stand without https://', abort: true })
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(\/[A-Za-z0-9._~-]+)*\/?$/, { abort: true })
    .max(255),
  { must: 'be one OpenID Connect issuer, without a port and without wildcards', write: writeIssuer },
);

export const account = text(/^[0-9]{12}$/, {
  must: 'be an AWS account, 12 digits in quotes',
  write: "'111122223333'",
});

export const port = expecting(z.int().min(1).max(65535), { must: 'be a TCP port', write: 'a number from 1 to 65535' });

export const region = text(/^[a-z]{2,4}(-[a-z]+)+-[0-9]$/, {
  must: 'be an AWS region',
  write: 'a region such as eu-west-1',
});

/** Role name with its path, as IAM allows it. */
const rolePath = String.raw`([\w+=,.@-]+/)*[\w+=,.@-]{1,64}`;
const iam = String.raw`arn:aws(-[a-z]+)*:iam::[0-9]{12}`;

export const roleArn = text(new RegExp(`^${iam}:role/${rolePath}$`), {
  must: 'be the ARN of a role',
  write: 'arn:aws:iam::111122223333:role/NAME',
});

/** Unqualified or with an alias: a version never changes, and `$LATEST` is the same as no qualifier. */
export const functionArn = text(
  /^arn:aws(-[a-z]+)*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:(?![0-9]+$)[A-Za-z0-9_-]{1,128})?$/,
  {
    must: 'be the ARN of a Lambda function, unqualified or with an alias',
    write: 'arn:aws:lambda:REGION:ACCOUNT:function:NAME, or the same with :ALIAS',
  },
);

export const permissionSet = text(/^[\w+=,.@-]{1,32}$/, {
  must: 'be the name of a permission set: 1 to 32 letters, digits and _ + = , . @ -',
  write: 'a name such as SupportEngineer',
});

export const roleNameOrArn = text(new RegExp(`^(${iam}:role/)?${rolePath}$`), {
  must: 'be the name of a role, or its ARN',
  write: 'NAME (of a role in the environment’s own account) or arn:aws:iam::111122223333:role/NAME',
});

/** Of a secret in Secrets Manager. */
export const exactName = text(secretNamePattern, {
  must: 'be 1 to 512 letters, digits and / _ + = . @ -',
  write: 'the whole name, such as AmazonMSK_payments-broker',
});

export const secretArn = text(completeSecretArn, {
  must: 'be the whole ARN of a secret, with the hyphen and the six characters at its end',
  write: 'it as `aws secretsmanager describe-secret` shows it',
});

export const keyArn = text(
  /^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key\/([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/,
  {
    must: 'be the ARN of a KMS key, not of an alias',
    write: 'arn:aws:kms:REGION:ACCOUNT:key/ID, or leave it out where AWS manages the key',
  },
);

/** A list without repetitions. */
export const list = <Item extends z.ZodType>(item: Item, least: 0 | 1): z.ZodArray<Item> =>
  expecting(
    z
      .array(item)
      .refine((items) => items.length >= least, { error: 'must have at least one entry' })
      .superRefine((items, context) => {
        const texts = items.map((entry) => JSON.stringify(entry));
        for (const [index, entry] of texts.entries()) {
          if (texts.indexOf(entry) === index) continue;
          context.addIssue({
            code: 'custom',
            path: [index],
            message: 'must not be named twice',
            params: { write: 'it once' },
          });
        }
      })
      .meta({ uniqueItems: true, ...(least > 0 && { minItems: least }) }),
    { must: 'be a list', write: least === 0 ? 'a list such as [one, two], or []' : 'a list such as [one, two]' },
  );

/** A mapping from names to entries. */
export const entries = <Entry extends z.ZodType>(entry: Entry, least: 0 | 1): z.ZodRecord<typeof name, Entry> =>
  expecting(
    z.record(name, entry).refine((all) => Object.keys(all).length >= least, { error: 'must have at least one entry' }),
    { must: 'be a mapping', write: least === 0 ? 'NAME: ... for each entry, or {}' : 'NAME: ... for each entry' },
  );

/** Days for which CloudWatch Logs keeps a log: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const logRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

export const logRetention = expecting(z.enum(logRetentionDays.map((days) => `${days}d` as const)), {
  must: `be a number of days that CloudWatch Logs takes: ${logRetentionDays.map((days) => `${days}d`).join(', ')}`,
  write: 'one of these, such as 400d',
});

const tagKey = text(
  /^(?![aA][wW][sS]:|[sS][tT][rR][oO][nN][gG][rR][oO][oO][mM]:)[\p{L}\p{N}_.:/=+@-][\p{L}\p{N}\p{Zs}_.:/=+@-]{0,127}$/u,
  {
    must: 'be a tag of at most 128 letters, digits, spaces and _ . : / = + - @ that begins with neither aws: nor strongroom:',
    write: 'a name such as CostCenter',
  },
);

/** The tags of Strongroom itself and these are at most the 50 that a resource takes. */
const mostTags = 20;

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
export const tags = expecting(
  z.record(tagKey, label).refine(
    (given) => {
      const names = Object.keys(given).map((one) => one.toLowerCase());
      return names.length <= mostTags && new Set(names).size === names.length;
    },
    { error: `must be at most ${mostTags} tags, no two of which differ in case alone` },
  ),
  { must: 'be a mapping of tags', write: '{ CostCenter: "4711" }' },
);
