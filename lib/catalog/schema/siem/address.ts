/** Addresses of destinations. They are in the catalog and in templates, so one that holds a credential is refused. */
import { z } from 'zod';

import { expecting, type Expectation } from '../../words/expectation.ts';
import { looksLikeToken } from '../../words/looks-like-token.ts';

const hostPattern = '[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*';

/** Host and port alone: the path is added. */
export const hostAddress = (write: string): z.ZodString =>
  addressOf(new RegExp(`^https://${hostPattern}(:[0-9]{1,5})?$`), {
    must: 'be an https address of host and port alone: the path is added',
    write,
  });

/** The whole address. */
export const wholeAddress = (write: string): z.ZodString =>
  addressOf(new RegExp(`^https://${hostPattern}(:[0-9]{1,5})?/[A-Za-z0-9._~/-]*$`), {
    must: 'be a whole https address in lower case, with its path',
    write,
  });

export const hostName = expecting(
  z
    .string()
    .regex(new RegExp(`^${hostPattern}$`))
    .max(253),
  { must: 'be a host name in lower case, without a port', write: 'a name such as syslog.example.com' },
);

const addressOf = (pattern: RegExp, expectation: Expectation): z.ZodString =>
  expecting(
    z
      .string()
      .superRefine((given, context) => {
        const fault = faultOf(given);
        if (fault)
          context.addIssue({ code: 'custom', params: { write: expectation.write }, ...fault, continue: false });
      })
      .regex(pattern, { abort: true })
      .refine((url) => URL.canParse(url), { error: 'must have a port that there is' }),
    expectation,
  );

const faultOf = (given: string): { message: string; params?: { write: string } } | undefined => {
  const inSecret = (message: string) => ({
    message,
    params: { write: 'the address without it: what is secret belongs into the secret of the destination' },
  });
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(given)) return inSecret('must have no user and no password');
  if (/^https?:\/\/[^?#]*\?/i.test(given)) return inSecret('must have no query: keys in it would be in the template');
  if (!URL.canParse(given)) return undefined;
  return new URL(given).pathname.split('/').some(looksLikeToken)
    ? inSecret('has a part that looks like a key: it would be in the template')
    : undefined;
};
