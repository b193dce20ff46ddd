/** What the catalog's loader checks of destinations, for apps without a catalog. */
import type { Construct } from 'constructs';
import { auditDeliverName, type DestinationSettings, reservedDestinations } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';

export const checkDestinations = (
  scope: Construct,
  environment: string,
  destinations: readonly DestinationSettings[],
): void => {
  const names = destinations.map(({ name }) => name);
  for (const [index, settings] of destinations.entries()) {
    const { name } = settings;
    const refuse = (problem: string): never => {
      throw invalidProps(scope, `destinations[${index}]: ${problem}`);
    };
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
      refuse(`name must be lower-case letters, digits and single hyphens (got ${JSON.stringify(name)})`);
    }
    if (reservedDestinations.includes(name)) refuse(`name must not be ${name}, which Strongroom uses itself`);
    if (names.indexOf(name) !== index) refuse(`name must not be that of another destination (got ${name})`);
    const length = auditDeliverName(environment, name).length;
    if (length > longestName) {
      refuse(`name makes a function of ${length} characters, and AWS allows ${longestName} (got ${name})`);
    }
    if (settings.type === 'security-lake' && settings.view !== 'ocsf') {
      refuse(`view must be ocsf, the only one of Security Lake (got ${settings.view})`);
    }
    if ('url' in settings) checkUrl(settings.url, refuse);
  }
};

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const longestName = 64;

/** The message never has the address: it may hold a credential. */
const checkUrl = (given: string, refuse: (problem: string) => never): void => {
  if (!URL.canParse(given)) refuse('url must be an https address');
  const url = new URL(given);
  if (url.protocol !== 'https:') refuse(`url must begin with https:// (got ${url.protocol}//)`);
  if (url.username !== '' || url.password !== '') refuse('url must have no credentials: they belong into the secret');
};
