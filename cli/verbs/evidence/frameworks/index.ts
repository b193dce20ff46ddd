/** Every framework, by the name that `--framework` takes. */
import type { Framework } from './framework.ts';
import { gdpr } from './gdpr.ts';
import { hipaa } from './hipaa.ts';
import { iso27001 } from './iso27001.ts';
import { nist80053 } from './nist-800-53.ts';
import { pci } from './pci-4.0.1.ts';
import { soc2 } from './soc2.ts';

export type { Control, Framework } from './framework.ts';

export const frameworks = {
  'pci-4.0.1': pci,
  soc2,
  iso27001,
  gdpr,
  'nist-800-53': nist80053,
  hipaa,
} as const satisfies Readonly<Record<string, Framework>>;

export type FrameworkName = keyof typeof frameworks;

export const frameworkNames = Object.keys(frameworks) as readonly FrameworkName[];
