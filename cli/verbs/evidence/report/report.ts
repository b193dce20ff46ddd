/** The report as JSON: its schema is public, and `schema` names its version. */
import { z } from 'zod';

export const controlVerdicts = ['met', 'partly', 'gap', 'not asked', 'does not apply', 'not covered'] as const;

const count = z.int().nonnegative();
const time = z.iso.datetime();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const claim = z.strictObject({
  name: z.string(),
  title: z.string(),
  verdict: z.enum(['met', 'gap', 'not asked', 'does not apply']),
  /** What was looked at, and with what result. */
  shows: z.string(),
  evidence: z.array(
    z.strictObject({
      source: z.enum(['catalog', 'aws']),
      /** The call of AWS, or the file of the catalog. */
      from: z.string(),
      /** ARN or name. */
      resource: z.string(),
      /** When AWS answered, or the file was read. */
      at: time,
      shows: z.string(),
    }),
  ),
  gaps: z.array(z.strictObject({ resource: z.string(), what: z.string(), next: z.string() })),
  notAsked: z.array(z.strictObject({ call: z.string(), resource: z.string(), why: z.string() })),
});

const control = z.strictObject({
  number: z.string(),
  asks: z.string(),
  verdict: z.enum(controlVerdicts),
  /** Names of {@link claim}s. */
  claims: z.array(z.string()),
  /** What no evidence of Strongroom shows. */
  yours: z.string().optional(),
});

export const reportSchema = z.strictObject({
  schema: z.literal('strongroom-evidence/1'),
  framework: z.strictObject({ name: z.string(), title: z.string(), version: z.string(), source: z.url() }),
  createdAt: time,
  tool: z.strictObject({ name: z.literal('strongroom'), version: z.string() }),
  catalog: z.strictObject({
    folder: z.string(),
    /** Of the list of files with their digests, as `sha256sum` prints it. */
    sha256,
    files: z.array(z.strictObject({ name: z.string(), sha256 })),
    /** Absent: the folder is in no git repository. */
    commit: z.strictObject({ id: z.string(), same: z.boolean() }).optional(),
  }),
  environment: z.strictObject({ name: z.string(), account: z.string().regex(/^\d{12}$/), region: z.string() }),
  /** Under whose credentials AWS was asked, or why it was not. */
  asked: z.union([z.strictObject({ as: z.string() }), z.strictObject({ not: z.string() })]),
  controls: z.array(control),
  claims: z.array(claim),
  /** How many secrets that rotate did so last within which time; none if AWS was not asked. */
  rotationAges: z.array(z.strictObject({ days: z.string(), secrets: count })),
});

export type Report = z.infer<typeof reportSchema>;
export type ReportClaim = z.infer<typeof claim>;
export type ReportControl = z.infer<typeof control>;
export type ControlVerdict = ReportControl['verdict'];
