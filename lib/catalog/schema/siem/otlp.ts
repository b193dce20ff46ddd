/** OpenTelemetry over HTTP. */
import { z } from 'zod';

import type { OtlpSettings } from '../../../contract/index.ts';
import { text } from '../../words/expectation.ts';
import { wholeAddress } from './address.ts';
import { type Common, commonKeys, typeOf } from './common.ts';

export const otlp = z.strictObject({
  type: typeOf('otlp'),
  url: wholeAddress('https://otlp.example.com/v1/logs').describe('The whole address that logs are sent to.'),
  header: text(/^[a-z][a-z0-9-]{0,63}$/, {
    must: 'be the name of a header, in lower case',
    write: 'a name such as authorization or x-api-key, or leave it out',
  })
    .optional()
    .describe('Header that carries the token. Default: authorization.'),
  ...commonKeys,
});

export const resolveOtlp = (
  { type, url, header = 'authorization' }: z.infer<typeof otlp>,
  common: Common,
): OtlpSettings => ({ ...common, type, url, header });
