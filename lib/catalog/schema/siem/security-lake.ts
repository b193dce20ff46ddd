/** Amazon Security Lake, as a custom source. */
import { z } from 'zod';

import type { SecurityLakeSettings } from '../../../contract/index.ts';
import { oneOf, text } from '../../words/expectation.ts';
import { region, roleArn } from '../../words/scalars.ts';
import { type Common, commonKeys, typeOf } from './common.ts';

export const securityLake = z.strictObject({
  type: typeOf('security-lake'),
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  bucket: text(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, {
    must: 'be the name of a bucket',
    write: 'the bucket of Security Lake, such as aws-security-data-lake-eu-west-1-abcdefghijklmnop',
  }).describe('Bucket of Security Lake.'),
  region: region.optional().describe('Region of the bucket. Default: that of the environment.'),
  // https://docs.aws.amazon.com/security-lake/latest/userguide/custom-sources.html
  prefix: text(/^ext\/[A-Za-z0-9_-]{1,64}\/[0-9]{1,4}(\.[0-9]{1,4})?$/, {
    must: 'be the location of a custom source in the bucket, ext/NAME/VERSION',
    write: 'a path such as ext/strongroom/1.0',
  }).describe('Location of the custom source in the bucket.'),
  role: roleArn.describe('Role that is assumed to write: the provider role of the custom source.'),
  externalId: text(/^[\w+=,.@:/-]{2,1224}$/, {
    must: 'be the external id of the custom source, 2 characters or more',
    write: 'the external id that the custom source was created with',
  }).describe('External id with which the role is assumed.'),
  ...commonKeys,
  // The lake's tables are OCSF.
  view: oneOf(['ocsf']).optional().describe('Shape of the events: `ocsf`, the only one of Security Lake.'),
});

/** @param home - region of the environment. */
export const resolveSecurityLake = (
  { type, bucket, region: at, prefix, role, externalId }: z.infer<typeof securityLake>,
  common: Common,
  home: string,
): SecurityLakeSettings => ({ ...common, type, bucket, region: at ?? home, prefix, role, externalId });
