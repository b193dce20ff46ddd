/** What must hold in a world, whatever happens: after every effect, in the end, and after the grace time. */
import { forcedTokenPrefix } from '../../lib/contract/index.ts';
import { isPlanted, plantedPassword } from './invocation.ts';
import { adminSecretName, isToken, secretName, type World } from './world.ts';

interface Labelled {
  readonly versionId: string;
  readonly stage: string;
  readonly value: string | undefined;
}

export class Invariants {
  readonly #world: World;
  readonly #strict: boolean;
  /** By secret and version; a version's value never changes. */
  readonly #values = new Map<string, string>();
  /** AWSCURRENT of each secret. */
  readonly #current = new Map<string, string>();
  /** Until when a credential that was AWSCURRENT must go on logging in, by version id. */
  readonly #validUntilMs = new Map<string, number>();
  /** Some stored credential has been seen to log in, and so one always must. */
  #works: boolean;
  /** Users whose login is refused whatever the password, as they are. */
  #barred = '';
  /** Somebody has done what no rotation can make good before it has ended. */
  #abandoned = false;

  constructor(world: World) {
    this.#world = world;
    this.#works = world.scenario.worksAtStart;
    // Where the old credential stays valid there is no moment in which the current one does not log in.
    this.#strict = world.scenario.strategy === 'alternating-users' || world.scenario.strategy === 'dual-password';
    for (const name of this.#names()) {
      const current = this.#find(name, 'AWSCURRENT');
      if (current) this.#current.set(name, current.versionId);
    }
    this.#barred = this.#barredUsers();
  }

  /** A new rotation begins; one that is forced need not spare what is older than the current credential. */
  started(token: string): void {
    if (token.startsWith(forcedTokenPrefix)) this.#validUntilMs.clear();
  }

  /** A cancelled rotation may leave a password behind that no label leads to: `rollBack` is the way without that. */
  cancelled(): void {
    const current = this.#find(secretName, 'AWSCURRENT');
    if (this.#strict && this.#logsIn(current?.value)) return;
    this.#works = false;
    this.#abandoned = true;
  }

  /** Whoever sets a password past the secrets is on their own until the next rotation. */
  meddled(): void {
    this.#works = false;
    this.#abandoned = true;
    this.#validUntilMs.clear();
    this.#barred = this.#barredUsers();
  }

  state(): unknown {
    return [this.#works, this.#abandoned, [...this.#current], [...this.#validUntilMs]];
  }

  check(): void {
    this.#checkValues();
    this.#checkPlanted();
    if (this.#barredUsers() !== this.#barred) this.#violated('a user was changed whose login is refused on purpose');
    for (const name of this.#names()) this.#checkCurrent(name);
    const labelled = this.#labelled(secretName);
    const works = labelled.some(({ value }) => this.#logsIn(value));
    if (this.#works && !works) this.#violated('no stored credential logs in any more');
    this.#works ||= works && !this.#abandoned;
    if (this.#strict) this.#checkOverlap();
    else this.#checkPromoted(labelled);
  }

  /** Once retries have been allowed to run. */
  checkEnd(): void {
    for (const name of this.#names()) {
      const current = this.#find(name, 'AWSCURRENT');
      if (!this.#logsIn(current?.value)) this.#violated(`in the end the current credential of ${name} does not log in`);
      const pending = this.#find(name, 'AWSPENDING');
      if (pending && pending.versionId !== current?.versionId) {
        this.#violated(`in the end AWSPENDING of ${name} is left on ${pending.versionId}`);
      }
    }
    if (this.#world.scenario.strategy === 'alternating-users') this.#checkEqualRights();
  }

  /** Once the sweep has run after the grace time: what is not current is not valid. */
  checkAfterGrace(): void {
    const current = this.#find(secretName, 'AWSCURRENT');
    if (!this.#logsIn(current?.value)) this.#violated('the sweep discarded the current credential');
    if (this.#find(secretName, 'AWSPREVIOUS')) this.#violated('AWSPREVIOUS outlived its grace time');
    const { value } = current ?? {};
    for (const [version, other] of this.#world.secrets.values()) {
      if (version.startsWith(`${secretName} `) && !this.#same(other, value) && this.#logsIn(other)) {
        this.#violated(`the credential of ${version} outlived its grace time`);
      }
    }
  }

  #checkValues(): void {
    for (const [version, value] of this.#world.secrets.values()) {
      const before = this.#values.get(version);
      if (before !== undefined && before !== value) this.#violated(`the value of ${version} changed`);
      this.#values.set(version, value);
    }
  }

  #checkPlanted(): void {
    if (isPlanted(this.#find(secretName, 'AWSCURRENT')?.value ?? '')) {
      this.#violated('a value that the function did not write was promoted');
    }
    for (const { passwords } of this.#world.database.users.values()) {
      if (passwords.includes(plantedPassword)) this.#violated('a user has a password that the function did not write');
    }
  }

  /** Who has a barrier, and what of them a rotation could change. */
  #barredUsers(): string {
    const { users } = this.#world.database;
    return JSON.stringify(
      [...this.#world.barred].map((name) => {
        const { passwords, barrier, blocked, grants } = users.get(name) ?? {};
        return [name, passwords, barrier, blocked, grants];
      }),
    );
  }

  #checkCurrent(name: string): void {
    const versions = this.#labelled(name).filter(({ stage }) => stage === 'AWSCURRENT');
    const [current] = versions;
    if (versions.length !== 1 || !current) {
      this.#violated(`${versions.length} versions of ${name} are AWSCURRENT`);
      return;
    }
    const before = this.#current.get(name);
    if (before === current.versionId) return;
    this.#current.set(name, current.versionId);
    if (!this.#logsIn(current.value)) this.#violated('the promoted credential does not log in');
    if (name !== secretName || before === undefined) return;
    this.#abandoned = false;
    this.#validUntilMs.set(before, this.#world.now.getTime() + this.#world.graceHours * 3_600_000);
    this.#validUntilMs.delete(current.versionId);
  }

  #checkOverlap(): void {
    const current = this.#current.get(secretName);
    const value = (version: string) => this.#values.get(`${secretName} ${version}`);
    if (this.#works && this.#world.scenario.worksAtStart && current && !this.#logsIn(value(current))) {
      this.#violated('the current credential does not log in');
    }
    for (const [version, untilMs] of this.#validUntilMs) {
      const owed = this.#world.now.getTime() < untilMs && this.#namesUser(value(version));
      if (owed && !this.#logsIn(value(version))) {
        this.#violated(`the credential of ${version} does not log in, though its grace time is not over`);
      }
    }
  }

  /** What a rotation has promoted logs in until the next one has begun. */
  #checkPromoted(labelled: readonly Labelled[]): void {
    const current = labelled.find(({ stage }) => stage === 'AWSCURRENT');
    const pending = labelled.some(({ stage, versionId }) => stage === 'AWSPENDING' && versionId !== current?.versionId);
    if (this.#works && isToken(current?.versionId) && !pending && !this.#logsIn(current?.value)) {
      this.#violated('the promoted credential does not log in');
    }
  }

  /** The two users of alternating-users. */
  #checkEqualRights(): void {
    const { users } = this.#world.database;
    const [first, second] = [users.get('app'), users.get('app_clone')];
    if (!first || !second) return;
    const rights = ({ grants, roles }: typeof first): string => [grants, ...[...roles].sort()].join(', ');
    if (rights(first) !== rights(second)) this.#violated(`rights differ: ${rights(first)}; ${rights(second)}`);
  }

  #names(): readonly string[] {
    return this.#world.secrets.has(adminSecretName) ? [secretName, adminSecretName] : [secretName];
  }

  #labelled(name: string): readonly Labelled[] {
    return this.#world.secrets.labelled(name);
  }

  #find(name: string, stage: string): Labelled | undefined {
    return this.#labelled(name).find((version) => version.stage === stage);
  }

  #namesUser(value: string | undefined): boolean {
    return value !== undefined && typeof (JSON.parse(value) as { username?: unknown }).username === 'string';
  }

  #same(a: string, b: string | undefined): boolean {
    const credential = (value: string) => {
      const { username, password } = JSON.parse(value) as { username?: string; password: string };
      return `${username} ${password}`;
    };
    return b !== undefined && credential(a) === credential(b);
  }

  #logsIn(value: string | undefined): boolean {
    if (value === undefined) return false;
    // A lone password, before the first rotation, is the configured user's.
    const { username = 'app', password } = JSON.parse(value) as { username?: string; password: string };
    return this.#world.database.accepts({ username, password });
  }

  #violated(what: string): void {
    this.#world.violations.push(what);
  }
}
