/** From facts to a report: every claim that the framework's controls need is checked once. */
import { type ClaimName, claims } from '../claims/index.ts';
import type { Evidence, Facts, Finding } from '../claims/claim.ts';
import { type Control, type FrameworkName, frameworks } from '../frameworks/index.ts';
import type { SecretSeen } from '../../../operators/evidence/gather.ts';
import type { ControlVerdict, Report, ReportClaim } from './report.ts';

export interface AssessedBy {
  readonly version: string;
  readonly asked: Report['asked'];
}

/** Pure: the same facts give the same report. */
export const assess = (name: FrameworkName, facts: Facts, { version, asked }: AssessedBy): Report => {
  const { controls, ...framework } = frameworks[name];
  const needed = [...new Set(controls.flatMap((control: Control) => control.claims))];
  const findings = new Map(needed.map((claim) => [claim, claims[claim].check(facts)]));
  const { files, environment, live, now } = facts;
  return {
    schema: 'strongroom-evidence/1',
    framework: { name, ...framework },
    createdAt: now.toISOString(),
    tool: { name: 'strongroom', version },
    catalog: {
      folder: files.folder,
      sha256: files.sha256,
      files: [...files.files],
      ...(files.commit && { commit: files.commit }),
    },
    environment: { name: environment.name, account: environment.account, region: environment.region },
    asked,
    controls: controls.map(({ number, asks, claims: own, part, yours }: Control) => ({
      number,
      asks,
      verdict: verdictOf(
        own.flatMap((claim) => findings.get(claim) ?? []),
        part,
      ),
      claims: [...own],
      ...(yours !== undefined && { yours }),
    })),
    claims: [...findings].map(([claim, finding]) => inReport(claim, finding)),
    rotationAges: rotationAges(live.secrets, now),
  };
};

/**
 * What does not apply shows nothing. Without a gap, a claim that could not be asked keeps its control from being met.
 *
 * @param part - the claims are only a part of the control
 */
export const verdictOf = (findings: readonly Pick<Finding, 'verdict'>[], part = false): ControlVerdict => {
  if (findings.length === 0) return 'not covered';
  const has = (verdict: Finding['verdict']): boolean => findings.some((one) => one.verdict === verdict);
  if (has('gap')) return has('met') ? 'partly' : 'gap';
  if (has('not asked')) return has('met') ? 'partly' : 'not asked';
  if (!has('met')) return 'does not apply';
  return part ? 'partly' : 'met';
};

const inReport = (name: ClaimName, { verdict, shows, evidence, gaps, notAsked }: Finding): ReportClaim => ({
  name,
  title: claims[name].title,
  verdict,
  shows,
  evidence: evidence.map((one: Evidence) => ({ ...one, at: one.at.toISOString() })),
  gaps: [...gaps],
  notAsked: [...notAsked],
});

const dayMs = 24 * 3_600_000;
const bounds = [7, 30, 60, 90] as const;

const rotationAges = (secrets: readonly SecretSeen[], now: Date): Report['rotationAges'] => {
  const ages = secrets.flatMap(({ secret, state }) => {
    if (secret.rotation.kind === 'manual' || 'refused' in state || !state.value) return [];
    const last = state.value.lastRotatedAt;
    return [last ? Math.floor((now.getTime() - last.getTime()) / dayMs) : Number.POSITIVE_INFINITY];
  });
  if (ages.length === 0) return [];
  const within = (from: number, to: number): number => ages.filter((age) => age >= from && age <= to).length;
  return [
    ...bounds.map((to, index) => {
      const from = index === 0 ? 0 : (bounds[index - 1] ?? 0) + 1;
      return { days: `${from}–${to}`, secrets: within(index === 0 ? -Infinity : from, to) };
    }),
    { days: 'over 90', secrets: within(91, Number.MAX_SAFE_INTEGER) },
    { days: 'never', secrets: ages.filter((age) => age === Number.POSITIVE_INFINITY).length },
  ];
};
