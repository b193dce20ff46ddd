/** `siem:` of organisation.yaml: no destination, one, or a list of them. */
import { z } from 'zod';

import { defaultDestination, type DestinationSettings, reservedDestinations } from '../../../contract/index.ts';
import { choosing } from '../../words/choice.ts';
import { expecting, inWords, oneOfThese, text } from '../../words/expectation.ts';
import { list } from '../../words/scalars.ts';
import { resolveCommon } from './common.ts';
import { datadog, resolveDatadog } from './datadog.ts';
import { elasticsearch, opensearch, resolveElastic } from './elastic.ts';
import { https, resolveHttps } from './https.ts';
import { otlp, resolveOtlp } from './otlp.ts';
import { resolveSecurityLake, securityLake } from './security-lake.ts';
import { resolveSentinel, sentinel } from './sentinel.ts';
import { resolveSplunkHec, splunkHec } from './splunk-hec.ts';
import { resolveSyslog, syslog } from './syslog.ts';

const forms = [splunkHec, elasticsearch, opensearch, datadog, sentinel, otlp, https, syslog, securityLake] as const;

const typesOf = (some: readonly (typeof forms)[number][]): string[] => some.flatMap(({ shape }) => shape.type.options);
const types = typesOf(forms);

const destinationName = expecting(
  text(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
    must: 'be a name of lower-case letters, digits and single hyphens that starts with a letter',
    write: 'a name such as splunk',
  }).refine((given) => !reservedDestinations.includes(given), {
    error: `must not be ${inWords(reservedDestinations, 'or')}, which Strongroom uses itself`,
  }),
  {
    must: 'be a name of lower-case letters, digits and single hyphens that starts with a letter',
    write: 'a name such as splunk',
  },
).describe('Name of the destination: part of the names of its secret, its functions and its alarms.');

const named = { name: destinationName };

type Given = Readonly<Record<string, unknown>>;

/** Which destinations have the key. */
const whyNot = (key: string, { type }: Given): string => {
  const having = typesOf(forms.filter(({ shape }) => Object.hasOwn(shape, key)));
  if (having.length === 0) {
    return `is for a list of destinations: a single one is named ${defaultDestination}; leave it out, or write a list`;
  }
  return typeof type === 'string'
    ? `belongs to ${inWords(having, 'and')} only (this is ${type}); leave it out`
    : 'is not a key of every destination; write type next to it';
};

const wordOfType = { must: `be ${inWords(types, 'or')}`, write: oneOfThese };
for (const { shape } of forms) expecting(shape.type, wordOfType);

const anyForm = z
  .strictObject({
    ...Object.fromEntries(forms.flatMap(({ shape }) => Object.keys(shape).map((key) => [key, z.unknown()]))),
    name: z.unknown(),
    type: expecting(z.enum(types), wordOfType),
  })
  .partial();

const example = '{ type: splunk-hec, url: https://splunk.example.com:8088, index: aws_secrets }';

const single = choosing(
  expecting(z.discriminatedUnion('type', forms), {
    must: 'be a mapping of type and its keys',
    write: example,
  }),
  { anyForm, whyNot },
);

const ofList = choosing(
  expecting(
    z.discriminatedUnion('type', [
      splunkHec.extend(named),
      elasticsearch.extend(named),
      opensearch.extend(named),
      datadog.extend(named),
      sentinel.extend(named),
      otlp.extend(named),
      https.extend(named),
      syslog.extend(named),
      securityLake.extend(named),
    ]),
    { must: 'be a mapping of name, type and its keys', write: example.replace('{ ', '{ name: splunk, ') },
  ),
  { anyForm, whyNot },
);

const several = list(ofList, 1).superRefine((destinations, context) => {
  const names = destinations.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    context.addIssue({
      code: 'custom',
      path: [index, 'name'],
      message: 'must not be that of another destination',
      params: { write: 'another name' },
    });
  }
});

export const siem = choosing(
  expecting(z.union([z.literal('none'), single, several]), {
    must: 'be none, a mapping of type and its keys, or a list of them',
    write: `none, or ${example}`,
  }),
  // A mapping is a single destination.
  { anyForm, whyNot, meant: () => 1 },
);

export type SiemSource = z.infer<typeof siem>;
type DestinationSource = z.infer<typeof ofList>;

/** @param region - that of the environment. */
export const resolveSiem = (source: SiemSource, region: string): DestinationSettings[] => {
  if (source === 'none') return [];
  const destinations = Array.isArray(source) ? source : [{ ...source, name: defaultDestination }];
  return destinations.map((one) => resolveDestination(one, region));
};

const resolveDestination = (source: DestinationSource, region: string): DestinationSettings => {
  const common = resolveCommon(source);
  switch (source.type) {
    case 'splunk-hec':
      return resolveSplunkHec(source, common);
    case 'elasticsearch':
    case 'opensearch':
      return resolveElastic(source, common);
    case 'datadog':
      return resolveDatadog(source, common);
    case 'sentinel':
      return resolveSentinel(source, common);
    case 'otlp':
      return resolveOtlp(source, common);
    case 'https':
      return resolveHttps(source, common);
    case 'syslog':
      return resolveSyslog(source, common);
    case 'security-lake':
      return resolveSecurityLake(source, common, region);
  }
};
