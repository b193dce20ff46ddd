/** The schema of a webhook's address. It is in the catalog and in the template, so an address that is a secret is refused. */
import { z } from 'zod';

import { expecting } from '../words/expectation.ts';
import { looksLikeToken } from '../words/looks-like-token.ts';

const byTopic =
  'topic: ARN of a topic of yours, to which you subscribe the address outside of the catalog (docs/catalog.md#contacts); ' +
  'replace the address if it was ever committed';

/** Chat services whose webhook addresses are secrets, and which confirm no subscription of SNS. */
const chats: readonly (readonly [host: RegExp, write: string])[] = [
  [/(^|\.)hooks\.slack(-gov)?\.com$/, 'slack: { workspace: ID, channel: ID } in place of webhook'],
  [
    /(^|\.)(webhook\.office\.com|outlook\.office(365)?\.com|logic\.azure\.com|powerplatform\.com|powerautomate\.com)$/,
    'teams: { tenant: ID, team: ID, channel: ID } in place of webhook',
  ],
  [/(^|\.)(discord(app)?\.com|chat\.googleapis\.com)$/, byTopic],
];

const host = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.[a-z]([a-z0-9-]*[a-z0-9])$/;

const write = 'an address such as https://alerts.example.com/sns';

export const webhook = expecting(
  z
    .string()
    .superRefine((given, context) => {
      const fault = faultOf(given);
      if (fault) context.addIssue({ code: 'custom', message: fault.message, params: { write: fault.write } });
    })
    .meta({ pattern: '^https://[^@?#\\s]+$' }),
  { must: 'be an https address', write },
);

interface AddressFault {
  readonly message: string;
  readonly write: string;
}

const faultOf = (given: string): AddressFault | undefined => {
  if (!URL.canParse(given) || !/^https?:\/\//i.test(given)) return { message: 'must be an https address', write };
  const url = new URL(given);
  const chat = chats.find(([pattern]) => pattern.test(url.hostname));
  if (chat) return { message: 'must not be the webhook of a chat: that address is a secret by itself', write: chat[1] };
  if (url.username !== '' || url.password !== '') {
    return { message: 'must have no user and no password: they would be in the template', write: byTopic };
  }
  if (given.includes('?')) {
    return { message: 'must have no query: keys in it would be in the template', write: byTopic };
  }
  if (url.pathname.split('/').some(looksLikeToken)) {
    return { message: 'has a part that looks like a key: it would be in the template', write: byTopic };
  }
  if (url.protocol !== 'https:') return { message: 'must be an https address', write };
  if (!host.test(url.hostname)) return { message: 'must name a host that SNS reaches, by its DNS name', write };
  // What the parser changes or the pattern of the path leaves out is not what a reviewer reads.
  if (given.includes('#') || (given !== url.href && `${given}/` !== url.href)) {
    return { message: 'must be written as it is called: lower-case host, no :443, no fragment, no dot parts', write };
  }
  return /^[A-Za-z0-9._~/-]*$/.test(url.pathname)
    ? undefined
    : { message: 'must have a path of letters, digits and . _ ~ - / only', write };
};
