/** What the checks of one application in one environment know, and how they report. */
import type { DatabaseEngine, EngineFacts, RotationStrategy, SecretClass } from '../../contract/index.ts';
import type { ClassDefaults } from '../entries/class-defaults.ts';
import type { Merged } from '../entries/merge.ts';
import type { Report } from '../source/report.ts';
import type { AnySecret } from '../schema/secret.ts';
import type { Path } from '../messages/show-value.ts';
import type { Remains } from '../source/structure.ts';

/** What organisation.yaml says about an environment. */
export interface EnvironmentFacts {
  readonly name: string;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** Names of its networks, with `default` if it exists. Absent if organisation.yaml does not say. */
  readonly networks?: readonly string[];
  /** Names of its destinations of audit events. */
  readonly destinations?: readonly string[];
  /** Names of its contacts of PagerDuty. */
  readonly pagers?: readonly string[];
  /** Whether it has no `fences.organization`, not even a wrong one. */
  readonly lacksOrganization?: boolean;
  /** The environments that are in an account. */
  readonly namesIn?: (account: string) => readonly string[];
}

export interface Scope extends Merged {
  /** Absent if organisation.yaml does not name the environments: checks that need it then wait. */
  readonly environment?: EnvironmentFacts;
  readonly application: string;
  /** Template of the names of secrets. Absent: the default. */
  readonly nameTemplate?: string;
  /** Every consumer that the file names, also one whose entry is wrong. */
  readonly consumerNames: readonly string[];
  /** The environments in whose overrides alone a consumer is. */
  readonly environmentsOf: (consumer: string) => readonly string[];
  /** Every secret that the file names, also one whose entry is wrong. */
  readonly secretNames: readonly string[];
  readonly defaultsOf: (name: SecretClass) => ClassDefaults;
  /** `YYYY-MM-DD`, UTC. */
  readonly today: string;
  /** Whether something at, above or below the path is reported already. */
  readonly isBroken: (path: Path) => boolean;
  /** `problem` follows the path: "must be …". The place is that in the overrides where they set the path. */
  readonly report: Report;
  /** `catalog/payments.yaml:14:9`, of a path that is reported in this scope or named by another file. */
  readonly positionOf: (path: Path, part?: 'key' | 'value') => string;
}

/** One secret of a {@link Scope}. */
export interface SecretScope extends Scope {
  readonly name: string;
  /** `['secrets', name]` */
  readonly path: Path;
  readonly secret: Remains<AnySecret>;
  /** The secret's class, and what it gives. */
  readonly class: SecretClass;
  readonly defaults: ClassDefaults;
}

/** A {@link SecretScope} of class `database` whose engine is known. */
export interface DatabaseScope extends SecretScope {
  readonly engine: DatabaseEngine;
  readonly facts: EngineFacts;
  /** Absent if the secret does not rotate by itself, or its strategy is reported already. */
  readonly strategy: RotationStrategy | undefined;
}
