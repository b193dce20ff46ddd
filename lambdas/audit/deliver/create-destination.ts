/** Makes the destination of a function. Each folder is a chunk of its own: a function loads that of its destination alone. */
import { CodedError, type DestinationSettings, type DestinationType } from '../../../lib/contract/index.ts';
import type { Destination, DestinationParts } from '../destinations/destination.ts';

type SettingsOf<Type extends DestinationType> = Extract<DestinationSettings, { readonly type: Type }>;
type Create<Type extends DestinationType> = (settings: SettingsOf<Type>, parts: DestinationParts) => Destination;

const folders: { readonly [Type in DestinationType]?: () => Promise<Create<Type>> } = {
  elasticsearch: async () => (await import('../destinations/elastic/index.ts')).createElastic,
  opensearch: async () => (await import('../destinations/elastic/index.ts')).createElastic,
  'splunk-hec': async () => (await import('../destinations/splunk-hec/index.ts')).createSplunkHec,
  datadog: async () => (await import('../destinations/datadog/index.ts')).createDatadog,
  sentinel: async () => (await import('../destinations/sentinel/index.ts')).createSentinel,
  otlp: async () => (await import('../destinations/otlp/index.ts')).createOtlp,
  https: async () => (await import('../destinations/https/index.ts')).createHttps,
  syslog: async () => (await import('../destinations/syslog/index.ts')).createSyslog,
  'security-lake': async () => (await import('../destinations/security-lake/index.ts')).createSecurityLake,
};

/** @throws CodedError `destination-unknown` */
export const createDestination = async (
  settings: DestinationSettings,
  parts: DestinationParts,
): Promise<Destination> => {
  const load = folders[settings.type] as (() => Promise<Create<DestinationType>>) | undefined;
  if (!load) {
    throw new CodedError('destination-unknown', `${settings.type} is not a known type of destination`, {
      retryable: false,
    });
  }
  const create = await load();
  return create(settings, parts);
};
