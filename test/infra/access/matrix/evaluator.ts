/**
 * IAM's decision for millions of requests: policies are compiled once, by the published rules.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 *
 * It knows what the platform's policies use and throws at anything else. A test holds it against an evaluator that
 * others wrote.
 */
export type Layer = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Condition keys, by {@link foldKey}: the first layer that has one tells its value. */
export type Context = readonly Layer[];

export interface Caller {
  /** ARN of the role, user or root; the name of an AWS service; `*`. */
  readonly arn: string;
  readonly account: string | undefined;
  readonly policies: readonly CompiledPolicy[];
}

export interface Target {
  readonly arn: string;
  readonly account: string;
  readonly policy?: CompiledPolicy | undefined;
  /** Keys and roles ask their own policy first: the policies of an account count where it says so. */
  readonly ownPolicyFirst?: boolean;
}

export interface CompiledPolicy {
  /** The statements whose actions and resources are these. */
  readonly about: (action: string, arn: string) => readonly CompiledStatement[];
}

type Test = (context: Context) => boolean;

interface CompiledStatement {
  readonly denies: boolean;
  /** How the statement names the caller: itself, or by its account. */
  readonly principal: (caller: Caller) => 'itself' | 'account' | undefined;
  readonly conditions: readonly Test[];
}

export const isAllowed = (caller: Caller, action: string, target: Target, context: Context): boolean => {
  const holds = ({ conditions }: CompiledStatement): boolean => conditions.every((test) => test(context));
  let identity = false;
  for (const policy of caller.policies) {
    for (const statement of policy.about(action, target.arn)) {
      if (!holds(statement)) continue;
      if (statement.denies) return false;
      identity = true;
    }
  }
  let [direct, delegated] = [false, false];
  for (const statement of target.policy?.about(action, target.arn) ?? []) {
    const named = statement.principal(caller);
    if (named === undefined || !holds(statement)) continue;
    if (statement.denies) return false;
    if (named === 'itself') direct = true;
    else delegated = true;
  }
  if (caller.account === undefined) return direct;
  if (caller.account !== target.account) return identity && (direct || delegated);
  return direct || (identity && (target.ownPolicyFirst !== true || delegated));
};

type Named = '*' | Partial<Record<'AWS' | 'Service' | 'Federated', string | string[]>>;

interface Statement {
  readonly Effect: string;
  readonly Action?: string | string[];
  readonly Resource?: string | string[];
  readonly Principal?: Named;
  readonly Condition?: Record<string, Record<string, string | number | boolean | (string | number | boolean)[]>>;
}

const elements = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Principal', 'Condition']);

/** @throws Error at an element, an operator or a variable that it does not know. */
export const compile = (policy: unknown): CompiledPolicy => {
  const { Statement } = policy as { Statement: Statement | Statement[] };
  const statements = listOf(Statement).map(compileStatement);
  const known = new Map<string, Map<string, readonly CompiledStatement[]>>();
  return {
    about: (action, arn) => {
      let byArn = known.get(action);
      if (!byArn) known.set(action, (byArn = new Map<string, readonly CompiledStatement[]>()));
      const before = byArn.get(arn);
      if (before) return before;
      const found = statements.filter((one) => one.action(action) && one.resource(arn)).map(({ compiled }) => compiled);
      byArn.set(arn, found);
      return found;
    },
  };
};

const compileStatement = (statement: Statement) => {
  const foreign = Object.keys(statement).find((key) => !elements.has(key));
  if (foreign !== undefined) throw new Error(`The evaluator does not know ${foreign} in ${JSON.stringify(statement)}`);
  return {
    action: anyLike(listOf(statement.Action ?? []).map(actionName)),
    resource: anyLike(listOf(statement.Resource ?? '*')),
    compiled: {
      denies: statement.Effect === 'Deny',
      principal: principalTest(statement.Principal),
      conditions: Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
        Object.entries(keys).map(([key, values]) => conditionTest(operator, key, listOf(values).map(String))),
      ),
    },
  };
};

/** `kms:Decrypt` in lower case, as {@link isAllowed} takes it. */
export const actionName = (action: string): string => {
  const name = actionNames.get(action) ?? action.toLowerCase();
  actionNames.set(action, name);
  return name;
};

const actionNames = new Map<string, string>();

const listOf = <One>(one: One | One[]): One[] => (Array.isArray(one) ? one : [one]);

const principalTest = (principal: Named | undefined): CompiledStatement['principal'] => {
  if (principal === undefined) return () => undefined;
  if (principal === '*') return () => 'itself';
  const foreign = Object.keys(principal).find((kind) => !['AWS', 'Service', 'Federated'].includes(kind));
  if (foreign !== undefined) throw new Error(`The evaluator does not know a principal of kind ${foreign}`);
  const aws = listOf(principal.AWS ?? []);
  const others = new Set([...listOf(principal.Service ?? []), ...listOf(principal.Federated ?? [])]);
  const itself = new Set(aws);
  const accounts = new Set(aws.flatMap((arn) => /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(arn)?.[1] ?? []));
  return ({ arn, account }) => {
    if (itself.has('*') || (account === undefined ? others.has(arn) : itself.has(arn) && !arn.endsWith(':root'))) {
      return 'itself';
    }
    return account !== undefined && accounts.has(account) ? 'account' : undefined;
  };
};

const conditionTest = (operator: string, key: string, values: readonly string[]): Test => {
  const [, set, name = '', ifExists] = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(operator) ?? [];
  const lookUp = valueOf(key);
  if (name === 'Null') return (context) => (lookUp(context) === undefined) === (values[0] === 'true');
  const negated = name.includes('Not');
  const matches = comparison(name.replace('Not', ''), values);
  return (context) => {
    const value = lookUp(context);
    if (set === undefined) {
      if (value === undefined) return negated || ifExists !== undefined;
      if (typeof value !== 'string') return false;
      return matches(value, context) !== negated;
    }
    if (value === undefined) return set === 'ForAllValues' || ifExists !== undefined;
    const all = listOf(value as string | string[]).map((one) => matches(one, context) !== negated);
    return set === 'ForAnyValue' ? all.includes(true) : !all.includes(false);
  };
};

/** Condition keys are the same in capitals and not, but for the tag in them. */
const valueOf = (key: string): ((context: Context) => Layer[string]) => {
  const folded = foldKey(key);
  return (context) => look(context, folded);
};

const look = (context: Context, folded: string): Layer[string] => {
  for (const layer of context) {
    const value = layer[folded];
    if (value !== undefined) return value;
  }
  return undefined;
};

/** A condition key as {@link isAllowed} takes it: `aws:ResourceTag/strongroom:readers` to `aws:resourcetag/strongroom:readers`. */
export const foldKey = (key: string): string =>
  key.replace(/^secretsmanager:ResourceTag\//i, 'aws:ResourceTag/').toLowerCase();

type Comparison = (value: string, context: Context) => boolean;

const comparison = (operator: string, values: readonly string[]): Comparison => {
  switch (operator) {
    case 'StringEquals':
    case 'Bool':
      return anyOf(values, (value) => (given) => given === value);
    case 'StringLike':
      return anyOf(values, like);
    case 'ArnLike':
    case 'ArnEquals':
      return anyOf(values, arnLike);
    case 'NumericLessThan':
      return anyOf(values, (value) => (given) => Number(given) < Number(value));
    case 'NumericGreaterThan':
      return anyOf(values, (value) => (given) => Number(given) > Number(value));
    case 'NumericEquals':
      return anyOf(values, (value) => (given) => Number(given) === Number(value));
    default:
      throw new Error(`The evaluator does not know the operator ${operator}`);
  }
};

/** Values with variables are compared when the request is known; of those without, the pattern is made once. */
const anyOf = (values: readonly string[], make: (value: string) => (given: string) => boolean): Comparison => {
  const constant = values.filter((value) => !value.includes('${')).map(make);
  const variable = values.filter((value) => value.includes('${'));
  return (given, context) =>
    constant.some((test) => test(given)) ||
    variable.some((value) => {
      const filled = fill(value, context);
      return filled !== undefined && make(filled)(given);
    });
};

const fill = (value: string, context: Context): string | undefined => {
  const names = [...value.matchAll(/\$\{([^}]+)\}/g)].map(([, name = '']) => foldKey(name));
  const values = names.map((name) => look(context, name));
  if (values.some((one) => typeof one !== 'string')) return undefined;
  let index = 0;
  return value.replace(/\$\{[^}]+\}/g, () => String(values[index++]));
};

const like = (pattern: string): ((given: string) => boolean) => {
  if (pattern === '*') return () => true;
  if (!/[*?]/.test(pattern)) return (given) => given === pattern;
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  const expression = new RegExp(`^${text}$`, 's');
  return (given) => expression.test(given);
};

/** Part by part: a wildcard stays within its colons, but for the last part, which may have colons of its own. */
const arnLike = (pattern: string): ((given: string) => boolean) => {
  const parts = arnParts(pattern).map(like);
  return (given) => {
    const its = arnParts(given);
    return its.length === parts.length && parts.every((test, index) => test(its[index] ?? ''));
  };
};

const arnParts = (arn: string): string[] => {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
};

const anyLike = (patterns: readonly string[]): ((given: string) => boolean) => {
  const tests = patterns.map(like);
  return (given) => tests.some((test) => test(given));
};
