/** Any HTTPS endpoint that takes JSON, signed as a standard webhook. */
import { z } from 'zod';

import type { HttpsSettings } from '../../../contract/index.ts';
import { wholeAddress } from './address.ts';
import { type Common, commonKeys, typeOf } from './common.ts';

export const https = z.strictObject({
  type: typeOf('https'),
  url: wholeAddress('https://audit.example.com/events').describe('The whole address that events are sent to.'),
  ...commonKeys,
});

export const resolveHttps = ({ type, url }: z.infer<typeof https>, common: Common): HttpsSettings => ({
  ...common,
  type,
  url,
});
