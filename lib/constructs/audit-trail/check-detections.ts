/** What the catalog's loader checks of detections, for apps without a catalog. */
import type { Construct } from 'constructs';
import { detectionNames } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';
import type { DetectionLaneProps } from './detection-lane.ts';

type Props = Pick<DetectionLaneProps, 'environment' | 'access' | 'suppressions'>;

export const checkDetections = (scope: Construct, { environment, access, suppressions = [] }: Props): void => {
  const refuse = (problem: string): never => {
    throw invalidProps(scope, problem);
  };
  if (access.environment !== environment) {
    refuse(`access is of environment ${access.environment}, and the construct of ${environment}`);
  }
  if (!/^\d{12}$/.test(access.account)) refuse(`access.account must be 12 digits (got ${access.account})`);
  for (const [name, { readers, rotators }] of Object.entries(access.secrets)) {
    const unknown = [...readers, ...rotators].find((index) => access.roles[index] === undefined);
    if (unknown !== undefined) {
      refuse(`access.secrets["${name}"] names role ${unknown}, and access.roles has ${access.roles.length}`);
    }
  }
  for (const [index, { rule, owner, reason, until }] of suppressions.entries()) {
    const where = `suppressions[${index}]`;
    if (!detectionNames.includes(rule)) refuse(`${where}: rule must be a detection (got ${rule})`);
    if (owner === '' || reason === '') refuse(`${where}: owner and reason must say who answers for it, and why`);
    if (!isDay(until)) refuse(`${where}: until must be a day, YYYY-MM-DD (got ${until})`);
  }
};

const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
